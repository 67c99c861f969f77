using FedHe.Crypto.Authoring;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Misuse of what authors of schemes are given.</summary>
public sealed class BlockBufferTests
{
    [Fact]
    public void Block_ReleasedByItsLastOwner_IsRefusedToEverybody()
    {
        var block = new BlockBuffer(77);
        block.Share();
        block.Release();
        block.Span.Length.Should().Be(77, "one owner is left");
        block.Release();

        FluentActions.Invoking(() => block.Span.Length).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => block.Bytes.Length).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(block.Release).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Flooding_WithoutNoise_IsRefused()
        => FluentActions.Invoking(() => default(NoiseFlooding).AddTo(new double[1])).Should().Throw<InvalidOperationException>();
}
