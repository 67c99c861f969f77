using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Server;

/// <summary>Upload ranges are the two ranges of an upload that have digests: its update, and the update up to the end of the encrypted model in it.</summary>
internal sealed class UploadRanges
{
    private readonly long _end;
    private readonly EdgedRange _update;
    private readonly EdgedRange _beginning;

    private UploadRanges(long start, long beginningEnd, long end)
        => (_end, _update, _beginning) = (end, new EdgedRange(start, end), new EdgedRange(start, beginningEnd));

    /// <summary>Finds the ranges in the beginning of a message, or returns null where it is no upload. The method checks nothing else.</summary>
    /// <param name="head">The first piece of the message, or all of a shorter one; untrusted.</param>
    public static UploadRanges? Find(ReadOnlySpan<byte> head)
    {
        if (!MessageFormat.TryFindUpdate(head, out int start, out long length))
        {
            return null;
        }

        ReadOnlySpan<byte> beginning = head[start..Math.Min(head.Length, start + ProtectedUpdate.HeadLength)];
        return new UploadRanges(start, start + ProtectedUpdate.BeginningLength(beginning, length), start + length);
    }

    /// <summary>Takes what the ranges need of whole pieces of the message.</summary>
    public void Visit(ReadOnlySpan<byte> pieces, long at)
    {
        _update.Visit(pieces, at);
        _beginning.Visit(pieces, at);
    }

    /// <summary>Computes the digests, or returns null where the message has another length than it states.</summary>
    /// <param name="digests">The digests of the pieces of the message.</param>
    /// <param name="length">The length of the message in bytes.</param>
    public UploadDigests? Complete(ReadOnlySpan<byte> digests, long length)
        => length != _end + MessageSignature.SizeInBytes ? null : new UploadDigests(_update.Complete(digests), _beginning.Complete(digests));
}
