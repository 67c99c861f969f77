// libtorch has one generator in a process and uses all cores by itself, and leaked tensors are counted thread by thread.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
