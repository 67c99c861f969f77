using FedHe.Hosting.AspNetCore.Arrivals;

namespace FedHe.Hosting.Tests.Support;

/// <summary>A message that a server reads as long as a test likes, during which no other message has its turn.</summary>
internal sealed class HeldMessage : IStoredMessage, IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly ManualResetEventSlim _isRead = new();
    private readonly ManualResetEventSlim _isFree = new();

    public long Length => 1;

    public byte[]? Bytes => null;

    /// <summary>Waits until the server has begun to read.</summary>
    public void WaitUntilRead() => _isRead.Wait(Longest).Should().BeTrue();

    /// <summary>Lets the server go on.</summary>
    public void LetGo() => _isFree.Set();

    public void CopyTo(Span<byte> destination)
    {
        _isRead.Set();
        _isFree.Wait(Longest).Should().BeTrue();
    }

    // Who waits has the events still.
    public void Dispose() => LetGo();
}
