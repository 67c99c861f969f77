using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Server;

/// <summary>Upload ranges are the two ranges of an upload that have digests: its update, and the update up to the end of the encrypted model in it.</summary>
internal sealed class UploadRanges : IDisposable
{
    private readonly long _end;
    private readonly RangeHasher _update;
    private readonly RangeHasher _beginning;

    private UploadRanges(long end, RangeHasher update, RangeHasher beginning) => (_end, _update, _beginning) = (end, update, beginning);

    /// <summary>Finds the ranges in the beginning of a message, or returns null where it is no upload. The method checks nothing else.</summary>
    /// <param name="head">The first piece of the message, or all of a shorter one; untrusted.</param>
    public static UploadRanges? Find(ReadOnlySpan<byte> head)
    {
        if (!MessageFormat.TryFindUpdate(head, out int start, out long length) || length < 0)
        {
            return null;
        }

        // A short update ends before what every protected one begins with, and the signature behind it is no part of it.
        ReadOnlySpan<byte> beginning = head[start..(int)Math.Min(head.Length, start + Math.Min(length, ProtectedUpdate.HeadLength))];
        return new UploadRanges(start + length, new RangeHasher(start, length), new RangeHasher(start, ProtectedUpdate.BeginningLength(beginning, length)));
    }

    /// <summary>Returns ranges that go on from here.</summary>
    public UploadRanges Clone() => new(_end, _update.Clone(), _beginning.Clone());

    /// <summary>Takes what the ranges need of whole pieces of the message.</summary>
    public void Visit(ReadOnlySpan<byte> pieces, long at, ReadOnlySpan<byte> digests)
    {
        _update.Visit(pieces, at, digests);
        _beginning.Visit(pieces, at, digests);
    }

    /// <summary>Computes the digests, or returns null where the message has another length than it states. Nothing can be done with the ranges afterwards.</summary>
    /// <param name="length">The length of the message in bytes.</param>
    public UploadDigests? Complete(long length)
        => length != _end + MessageSignature.SizeInBytes ? null : new UploadDigests(_update.Complete(), _beginning.Complete());

    public void Dispose()
    {
        _update.Dispose();
        _beginning.Dispose();
    }
}
