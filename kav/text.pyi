from pipeline.text import *
