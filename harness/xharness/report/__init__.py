"""Plain values in, something to print out: tables and progress, with rich.

Names come from plugins, data and users, so they never pass through rich's markup; numbers are
never cut; nothing is said by colour alone.
"""
