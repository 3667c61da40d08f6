"""What happens in a trial: actions, hands, objects."""
