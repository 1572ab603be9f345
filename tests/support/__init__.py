"""What several test files use: fakes, small models, plugins in one file, the program itself."""
