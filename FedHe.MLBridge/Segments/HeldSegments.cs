using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.MLBridge.Segments;

/// <summary>Held segments own the vectors of all segments in memory.</summary>
internal sealed class HeldSegments : SegmentSet
{
    private readonly EncryptedVector[] _vectors;

    public HeldSegments(params EncryptedVector[] vectors)
        : base(
            vectors.Length,
            vectors.Length > 0 ? vectors[0].KeyId : default,
            vectors.Length > 0 ? vectors.Max(vector => vector.Bound.ErrorBound) : 0,
            vectors.Sum(vector => FrameLength + (long)vector.EncodedLength))
    {
        _vectors = vectors;
    }

    public override int LengthOf(int index) => FrameLength + _vectors[index].EncodedLength;

    public override SegmentLease Open(int index) => new(_vectors[index], isOwned: false);

    public override void Write(int index, IBufferWriter<byte> destination) => Write(index, _vectors[index], destination);

    public override void Dispose() => Array.ForEach(_vectors, vector => vector.Dispose());
}
