using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.SumFiles;

namespace FedHe.MLBridge.Aggregation;

/// <summary>File segments are the encrypted sums in the file of a sum, each decoded when it is opened.</summary>
internal sealed class FileSegments : SegmentSet
{
    private readonly SumParts _parts;
    private readonly SegmentReader _reader;
    private readonly int _age;
    private readonly bool _ownsParts;

    private FileSegments(SumParts parts, SegmentReader reader, int age, bool ownsParts, KeyId keyId, double largestError, long length)
        : base(reader.Plan.Count, keyId, largestError, length)
    {
        _parts = parts;
        _reader = reader;
        _age = age;
        _ownsParts = ownsParts;
    }

    /// <summary>Looks at every segment once.</summary>
    /// <param name="parts">The parts of the sum.</param>
    /// <param name="reader">Reads segments.</param>
    /// <param name="age">The number of updates in the segments, or what says that they were compressed.</param>
    /// <param name="ownsParts">Whether disposing the segments closes the file.</param>
    public static FileSegments Of(SumParts parts, SegmentReader reader, int age, bool ownsParts)
    {
        KeyId keyId = default;
        double largestError = 0;
        long length = 0;
        for (int i = 0; i < reader.Plan.Count; i++)
        {
            using SegmentLease lease = Open(parts, reader, i, age);
            keyId = lease.Vector.KeyId;
            largestError = Math.Max(largestError, lease.Vector.Bound.ErrorBound);
            length += parts.LengthOf(i);
        }

        return new FileSegments(parts, reader, age, ownsParts, keyId, largestError, length);
    }

    /// <summary>Reads the sum of a segment.</summary>
    /// <exception cref="SumFileException">The part is no sum of its segment.</exception>
    public static SegmentLease Open(SumParts parts, SegmentReader reader, int index, int age)
    {
        ByteLease bytes = parts.Read(index, age);
        if (reader.TryRead(index, bytes.Memory, out FormatError _) is EncryptedVector vector)
        {
            return new SegmentLease(vector, isOwned: true, bytes);
        }

        bytes.Dispose();
        throw parts.Damaged();
    }

    public override int LengthOf(int index) => _parts.LengthOf(index);

    public override SegmentLease Open(int index) => Open(_parts, _reader, index, _age);

    public override void Write(int index, IBufferWriter<byte> destination)
    {
        using ByteLease bytes = _parts.Read(index, _age);
        destination.Write(bytes.Span);
    }

    public override void Dispose()
    {
        if (_ownsParts)
        {
            _parts.Dispose();
        }
    }
}
