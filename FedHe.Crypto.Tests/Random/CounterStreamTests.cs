using FedHe.Crypto.Random;

namespace FedHe.Crypto.Tests.Random;

public sealed class CounterStreamTests
{
    private const int Length = 64;

    private static readonly byte[] Seed = [.. Enumerable.Range(0, SeededStreams.SeedLength).Select(i => (byte)i)];

    [Fact]
    public void Stream_AfterDispose_IsRefused()
    {
        // Guard: a stream under a key of zeros is the same for everybody.
        var stream = new CounterStream(Seed);
        stream.Dispose();

        stream.Invoking(own => own.Fill(new byte[Length])).Should().Throw<ObjectDisposedException>();
        stream.Invoking(own => own.Next(new byte[Length])).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Dispose_Twice_GivesNoTwoStreamsOneBuffer()
    {
        var disposed = new CounterStream(Seed);
        disposed.Dispose();
        disposed.Dispose();
        using var first = new CounterStream(Seed);
        using var second = new CounterStream(Seed);
        ReadOnlySpan<byte> bytes = first.Next(new byte[Length]);
        byte[] expected = bytes.ToArray();
        second.MoveTo(1);
        second.Next(new byte[Length]);

        bytes.ToArray().Should().Equal(expected);
    }
}
