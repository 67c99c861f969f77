namespace FedHe.TestKit.Hostile;

/// <summary>Measures what the current thread allocates, to hold a parser to its declared limit.</summary>
public readonly struct AllocationGuard
{
    private readonly long _before;

    private AllocationGuard(long before) => _before = before;

    /// <summary>Bytes allocated by this thread since the start.</summary>
    public long AllocatedBytes => GC.GetAllocatedBytesForCurrentThread() - _before;

    /// <summary>Starts measuring.</summary>
    public static AllocationGuard Start() => new(GC.GetAllocatedBytesForCurrentThread());

    /// <summary>Fails when more than <paramref name="limit"/> bytes were allocated since the start.</summary>
    /// <param name="limit">The declared limit in bytes.</param>
    /// <param name="describe">Says, in case of failure only, for which input.</param>
    public void ShouldBeAtMost(long limit, Func<string> describe)
    {
        long allocated = AllocatedBytes;
        if (allocated > limit)
        {
            Assert.Fail($"{allocated} bytes were allocated where the limit is {limit}: {describe()}");
        }
    }
}
