"""The rig fitted to the joints that others annotated: how real hands pose.

Run by ``python -m training coverage`` and ``real-poses``. Imports data sets and the engine's hand;
no torch network.
"""
