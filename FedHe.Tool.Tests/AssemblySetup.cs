// The script runs in the process's working directory, and every command hashes a password: one after the other is as fast.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
