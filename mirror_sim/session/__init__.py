"""Sessions: spikes, trials and units, of a model or of a rig alike."""
