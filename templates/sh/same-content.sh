#!/bin/sh
# Compares a file with standard input here, so that no hash of a secret leaves the node. Changes nothing.
# usage: same-content.sh PATH <CONTENT      prints same or other
cmp -s -- - "$1" && echo same || echo other
