using FedHe.Hosting.AspNetCore.Transfers;

namespace FedHe.Hosting.Tests.Server;

/// <summary>A file that comes slowly is brought to the disk meanwhile, and no flush that failed is forgotten.</summary>
public sealed class BackgroundFlushTests
{
    private const long Much = 64 * 1024 * 1024;

    private int _flushes;
    private int _failing;

    /// <summary>A system says once that it could not bring bytes to the disk, and the next flush succeeds without them.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Flush_ThatFailedMeanwhile_IsSaidInTheEnd(int failing)
    {
        _failing = failing;
        var flush = new BackgroundFlush(Flush);
        await FollowAsync(flush, Much, isWhole: false);
        await FollowAsync(flush, 2 * Much, isWhole: false);
        await FollowAsync(flush, (2 * Much) + 1, isWhole: true);

        flush.Invoking(one => one.Complete()).Should().Throw<IOException>();

        flush.Invoking(one => one.Complete()).Should().NotThrow("everything came again meanwhile");
    }

    [Fact]
    public async Task Flush_ComesWhereMuchIsWritten_AndInTheEnd()
    {
        var flush = new BackgroundFlush(Flush);
        await FollowAsync(flush, Much - 1, isWhole: false);
        _flushes.Should().Be(0);
        await FollowAsync(flush, Much, isWhole: false);
        await FollowAsync(flush, Much + 1, isWhole: false);
        _flushes.Should().Be(1);
        await FollowAsync(flush, Much + 2, isWhole: true);
        _flushes.Should().Be(2);
        flush.Complete();
        _flushes.Should().Be(3, "whatever was written since is brought too");
    }

    private void Flush()
    {
        if (Interlocked.Increment(ref _flushes) == _failing)
        {
            throw new IOException("A flush that is to fail.");
        }
    }

    /// <summary>Lets a flush follow, and waits until it is over.</summary>
    private static async Task FollowAsync(BackgroundFlush flush, long written, bool isWhole)
    {
        flush.Follow(written, isWhole);
        await flush.Newest.ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
