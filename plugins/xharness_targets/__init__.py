"""Target tasks that come with xharness, one module each."""

XTREME = """@inproceedings{hu2020xtreme,
  title = {{XTREME}: A Massively Multilingual Multi-task Benchmark for Evaluating Cross-lingual
           Generalization},
  author = {Hu, Junjie and Ruder, Sebastian and Siddhant, Aditya and Neubig, Graham and
            Firat, Orhan and Johnson, Melvin},
  booktitle = {Proceedings of ICML},
  pages = {4411--4421},
  year = {2020}
}"""
"""BibTeX of the benchmark that they are read from, for their own citation to end with."""
