using System.Buffers;
using System.Runtime.CompilerServices;
using FedHe.Crypto.Ckks.Threshold.KeyGeneration;

namespace FedHe.Crypto.Tests.Ckks.Threshold;

/// <summary>Shares that nobody disposes, and that nobody refers to while they are written.</summary>
public sealed class ForgottenShareTests
{
    // Enough calls for the compiler to optimize them, which makes it forget what is not used any more.
    private const int Calls = 300;

    [Fact]
    public void DealtShare_CollectedWhileItIsWritten_IsWrittenWhole()
    {
        using var group = new ThresholdGroup(ThresholdGroup.ContextFor(3, 2));
        using var dealer = new ShareDealer(group.Context.Ring, group.Context.Parameters.Threshold, Crypto.Random.RandomSource.System);
        byte[] expected;
        using (DealtShare share = dealer.Deal(group.Context.Parameters, default, 1, 2, group.Share(1).Polynomial))
        {
            expected = ThresholdGroup.BytesOf(share.WriteTo);
        }

        for (int i = 0; i < Calls; i++)
        {
            Write(group, expected, new CollectingWriter(isCollecting: false)).WrittenSpan.SequenceEqual(expected).Should().BeTrue();
            Thread.Sleep(i % 100 == 99 ? 200 : 0);
        }

        for (int i = 0; i < 10; i++)
        {
            Write(group, expected, new CollectingWriter(isCollecting: true)).WrittenSpan.SequenceEqual(expected).Should().BeTrue();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static CollectingWriter Write(ThresholdGroup group, byte[] bytes, CollectingWriter writer)
    {
        group.Context.TryReadDealtShare(bytes, out DealtShare? share, out _).Should().BeTrue();
        share!.WriteTo(writer);
        return writer;
    }

    /// <summary>A buffer that collects garbage whenever it is asked for room.</summary>
    private sealed class CollectingWriter(bool isCollecting) : IBufferWriter<byte>
    {
        private readonly ArrayBufferWriter<byte> _written = new();

        public ReadOnlySpan<byte> WrittenSpan => _written.WrittenSpan;

        public void Advance(int count) => _written.Advance(count);

        public Memory<byte> GetMemory(int sizeHint = 0) => _written.GetMemory(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0)
        {
            if (isCollecting)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            return _written.GetSpan(sizeHint);
        }
    }
}
