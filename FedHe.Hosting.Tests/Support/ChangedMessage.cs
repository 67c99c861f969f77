using FedHe.Crypto.Identities;
using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Orchestration.Messages;

namespace FedHe.Hosting.Tests.Support;

/// <summary>A message that arrived, of which a test changes what was found out meanwhile, or lets the disk fail.</summary>
/// <param name="message">The message.</param>
internal sealed class ChangedMessage(IStoredMessage message) : IStoredMessage
{
    /// <summary>What was found out when the message arrived.</summary>
    public UploadDigests? Digests { get; init; } = message.Digests;

    /// <summary>Whether the disk fails when the message is to be brought to it.</summary>
    public bool IsLost { get; init; }

    public long Length => message.Length;

    public byte[]? Bytes => message.Bytes;

    public bool IsLasting => message.IsLasting;

    public void CopyTo(Span<byte> destination) => message.CopyTo(destination);

    public Stream OpenRead() => message.OpenRead();

    public void Confirm()
    {
        Fail();
        message.Confirm();
    }

    public void Keep(Digest digest)
    {
        Fail();
        message.Keep(digest);
    }

    public void Release() => message.Release();

    private void Fail()
    {
        if (IsLost)
        {
            throw new IOException("A flush that is to fail.");
        }
    }
}
