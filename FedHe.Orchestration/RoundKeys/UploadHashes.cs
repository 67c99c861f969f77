using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.MLBridge.Updates;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>Upload hashes are the hashes of everything that an upload has tags for, computed while the upload is written.</summary>
/// <param name="protocol">The protocol of the job.</param>
/// <param name="hasher">Hashes for the attempt.</param>
internal sealed class UploadHashes(RoundKeyProtocol protocol, ContentHasher hasher) : IUpdateVisitor
{
    private readonly LinearHash[] _values = new LinearHash[protocol.Lengths.TagCount];
    private long _clearCount;

    /// <summary>The hashes, in the order of the tags.</summary>
    public ReadOnlySpan<LinearHash> Values => _values;

    /// <summary>The hashes of the model: values in clear and segments.</summary>
    public ReadOnlySpan<LinearHash> OfBody => _values.AsSpan(0, protocol.FirstSegmentTag + protocol.Lengths.SegmentCount);

    public void VisitClear(ReadOnlySpan<long> integers)
    {
        if (_clearCount == 0)
        {
            hasher.BeginClear();
        }

        hasher.AppendClear(integers, contributors: 1);
        _clearCount += integers.Length;
        if (_clearCount == protocol.Lengths.ClearCount)
        {
            _values[0] = hasher.CompleteClear();
        }
    }

    public void VisitSegment(int segment, EncryptedVector vector)
        => _values[protocol.FirstSegmentTag + segment] = hasher.OfSegment(segment, vector, protocol.Inner.MaxDegreeOfParallelism);

    /// <summary>Adds the hashes of the round key, of its ciphertext if it has one and of itself.</summary>
    public void Complete(EncryptedVector? wrapped, RoundKey key)
    {
        for (int i = 0; i < _values.Length; i++)
        {
            (TagKind kind, int prime, TagModulus modulus) = protocol.TagAt(i);
            _values[i] = kind switch
            {
                TagKind.Outer => hasher.OfOuter(wrapped!, protocol.Outer!.Residues!, prime, modulus),
                TagKind.Key => hasher.OfKey(key),
                _ => _values[i],
            };
        }
    }
}
