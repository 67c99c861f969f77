using System.Buffers;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Serialization;
using FsCheck;
using FsCheck.Fluent;

namespace FedHe.Crypto.Tests.Properties;

/// <summary>Whatever is written is read back, for all inputs.</summary>
public sealed class WireProperties
{
    private static readonly Config Configuration = Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(2, 5);

    [Fact]
    public void Fields_WrittenAndReadBack_AreTheSame()
        => Prop.ForAll<(int, long, NormalFloat, byte[])>(value =>
        {
            (int number, long large, NormalFloat real, byte[] bytes) = value;
            var buffer = new ArrayBufferWriter<byte>();
            var writer = new WireWriter(buffer);
            writer.WriteInt32(number);
            writer.WriteInt64(large);
            writer.WriteDouble(real.Get);
            writer.WriteBytes(bytes);
            var reader = new WireReader(buffer.WrittenSpan);
            bool same = reader.ReadInt32(int.MinValue, int.MaxValue) == number
                && reader.ReadInt64() == large
                && reader.ReadDouble(double.MinValue, double.MaxValue).Equals(real.Get)
                && reader.ReadBytes(bytes.Length).SequenceEqual(bytes);
            reader.ExpectEnd();
            return same && !reader.Failed;
        }).Check(Configuration);

    [Fact]
    public void Bits_PackedAndUnpacked_AreTheSame()
        => Prop.ForAll(Gen.Choose(1, 56).ToArbitrary(), ArbMap.Default.ArbFor<ulong[]>(), (width, values) =>
        {
            ulong[] masked = [.. values.Select(value => value & ((1UL << width) - 1))];
            byte[] packed = new byte[BitPackingKernel.PackedLength(masked.Length, width)];
            BitPackingKernel.Default.Pack(masked, width, packed);
            var unpacked = new ulong[masked.Length];
            return BitPackingKernel.Default.TryUnpack(packed, width, 1UL << width, unpacked) && unpacked.SequenceEqual(masked);
        }).Check(Configuration);
}
