"""The window over many minutes: does it stay quick, and does its memory stay where it is?"""
