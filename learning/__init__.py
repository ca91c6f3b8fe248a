"""The mathematics: node-perturbation learning rules over populations of networks. PyTorch and NumPy only."""
