using FedHe.MLBridge.Buffers;

namespace FedHe.MLBridge.Tests.Buffers;

public sealed class SecretBufferTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(5000)]
    public void SecretBuffer_Disposed_LeavesOnlyZeros(int length)
    {
        // The pool keeps the memory for this thread, so nobody writes to it before it is looked at.
        var buffer = new SecretBuffer(length);
        Span<double> values = buffer.Span;
        values.Length.Should().Be(length);
        values.Fill(0.5);

        buffer.Dispose();

        values.IndexOfAnyExcept(0.0).Should().Be(-1);
    }

    [Fact]
    public void SecretBuffer_DisposedTwice_ReturnsItsMemoryOnce()
    {
        var first = new SecretBuffer(100);
        first.Dispose();
        var second = new SecretBuffer(100);
        second.Span.Fill(1);

        first.Dispose();

        using var third = new SecretBuffer(100);
        third.Span.Fill(2);
        second.Span.IndexOfAnyExcept(1.0).Should().Be(-1, "two owners never share memory");
        second.Dispose();
    }
}
