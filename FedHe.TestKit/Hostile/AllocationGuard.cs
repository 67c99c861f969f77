namespace FedHe.TestKit.Hostile;

/// <summary>An allocation guard measures the allocations of the current thread, to hold a parser to its declared limit.</summary>
public readonly struct AllocationGuard
{
    private readonly long _before;

    private AllocationGuard(long before) => _before = before;

    /// <summary>The number of bytes that the thread has allocated since the start.</summary>
    public long AllocatedBytes => GC.GetAllocatedBytesForCurrentThread() - _before;

    /// <summary>Starts a measurement.</summary>
    public static AllocationGuard Start() => new(GC.GetAllocatedBytesForCurrentThread());

    /// <summary>Fails when more than <paramref name="limit"/> bytes were allocated since the start.</summary>
    /// <param name="limit">The declared limit in bytes.</param>
    /// <param name="describe">Describes the input, in case of failure only.</param>
    public void ShouldBeAtMost(long limit, Func<string> describe)
    {
        long allocated = AllocatedBytes;
        if (allocated > limit)
        {
            Assert.Fail($"{allocated} bytes were allocated where the limit is {limit}: {describe()}");
        }
    }
}
