using System.Buffers;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Tests.Serialization;

public sealed class ExactBufferTests
{
    [Fact]
    public void Complete_OfExactlyTheAnnouncedBytes_HandsThemOut()
    {
        var buffer = new ExactBuffer(5);
        buffer.Write("abc"u8);
        buffer.GetSpan(2)[0] = (byte)'d';
        buffer.GetMemory().Span[1] = (byte)'e';
        buffer.Advance(2);
        buffer.Write([]);

        buffer.Complete().Should().Equal("abcde"u8.ToArray());
        buffer.Complete().Should().BeSameAs(buffer.Complete(), "nothing is copied");
    }

    [Fact]
    public void Complete_OfFewerBytes_IsRefused()
    {
        var buffer = new ExactBuffer(5);
        buffer.Write("abcd"u8);

        buffer.Invoking(b => b.Complete()).Should().Throw<InvalidOperationException>().WithMessage("*announced length*");
    }

    [Fact]
    public void Writes_OfMoreBytes_AreRefused()
    {
        var buffer = new ExactBuffer(2);
        buffer.Invoking(b => b.GetSpan(3).Length).Should().Throw<InvalidOperationException>();
        buffer.Invoking(b => b.GetMemory(3).Length).Should().Throw<InvalidOperationException>();
        buffer.Invoking(b => b.Advance(3)).Should().Throw<InvalidOperationException>();
        buffer.Invoking(b => b.Advance(-1)).Should().Throw<ArgumentOutOfRangeException>();
        buffer.Invoking(b => b.GetSpan(-1).Length).Should().Throw<ArgumentOutOfRangeException>();
        buffer.Invoking(b => b.Write("abc"u8)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Constructor_OfALengthThatNoArrayHas_IsRefused()
    {
        FluentActions.Invoking(() => new ExactBuffer(-1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new ExactBuffer(Array.MaxLength + 1L)).Should().Throw<ArgumentOutOfRangeException>();
        new ExactBuffer(0).Complete().Should().BeEmpty();
    }
}
