from pipeline.vocabulary import *
