using System.Buffers;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Seal.Tests;

public sealed class SealParametersTests
{
    [Fact]
    public void PaperDefault_IsThePapersSetting()
    {
        SealParameters parameters = SealParameters.PaperDefault;

        (parameters.Degree, parameters.ValuesPerCiphertext, parameters.LogScale, parameters.Depth)
            .Should().Be((8192, 4096, 52, 1));
        parameters.Encryption.CoeffModulus.Should().HaveCount(4);
        parameters.Moduli.Should().HaveCount(3);
        parameters.SecurityLevel.Should().Be(SecurityLevel.Bits128);
        CkksParameters managed = parameters.ToCkksParameters();
        managed.Moduli.Should().Equal(parameters.Moduli);
        (managed.LogScale, managed.Depth, managed.Packing, managed.Capacity)
            .Should().Be((52, 1, CkksPacking.Slots, parameters.Capacity));
    }

    [Fact]
    public void NvidiaFlare_HasAPrimeThatManagedCkksLacks()
    {
        SealParameters parameters = SealParameters.NvidiaFlare;

        parameters.Encryption.CoeffModulus.Select(prime => (int)Math.Ceiling(Math.Log2(prime)))
            .Should().Equal(60, 40, 40);
        (parameters.Degree, parameters.LogScale, parameters.SecurityLevel)
            .Should().Be((8192, 40, SecurityLevel.Bits192));
        FluentActions.Invoking(parameters.ToCkksParameters)
            .Should().Throw<HeParameterException>().Which.Error.Should().Be(ParameterError.ModulusSizeNotSupported);
    }

    [Theory]
    [InlineData(8192, new[] { 60, 60, 60, 60 }, 40, 0, ParameterError.SecurityBelowRequired)]
    [InlineData(8191, new[] { 50, 50 }, 40, 0, ParameterError.DegreeNotSupported)]
    [InlineData(8192, new int[0], 40, 0, ParameterError.ModulusCountNotSupported)]
    [InlineData(8192, new[] { 61, 50 }, 40, 0, ParameterError.ModulusSizeNotSupported)]
    [InlineData(8192, new[] { 13, 50 }, 40, 0, ParameterError.ModulusSizeNotSupported)]
    [InlineData(8192, new[] { 15, 15, 15, 15, 15, 15, 15, 15 }, 20, 0, ParameterError.NotEnoughPrimes)]
    [InlineData(8192, new[] { 60, 60 }, 53, 0, ParameterError.ScaleNotSupported)]
    [InlineData(8192, new[] { 60, 60 }, 13, 0, ParameterError.ScaleNotSupported)]
    [InlineData(8192, new[] { 60, 60 }, 40, 1, ParameterError.DepthNotSupported)]
    [InlineData(8192, new[] { 60, 40, 60 }, 40, 2, ParameterError.DepthNotSupported)]
    [InlineData(8192, new[] { 40, 60 }, 40, 0, ParameterError.ScaleExceedsModulus)]
    public void Create_NotAcceptable_NamesTheReason(
        int degree, int[] logModuli, int logScale, int depth, ParameterError reason)
    {
        var literal = new SealParametersLiteral
        {
            Degree = degree,
            LogModuli = [.. logModuli],
            LogScale = logScale,
            Depth = depth,
        };

        SealParameters.TryCreate(literal, out SealParameters? parameters, out ParameterError named).Should().BeFalse();

        parameters.Should().BeNull();
        named.Should().Be(reason);
        FluentActions.Invoking(() => SealParameters.Create(literal))
            .Should().Throw<HeParameterException>().Which.Error.Should().Be(reason);
    }

    [Fact]
    public void Create_MoreSecurityThanThereIs_IsRefused()
    {
        var literal = new SealParametersLiteral
        {
            Degree = 8192,
            LogModuli = [60, 60, 60],
            LogScale = 40,
            MinimumSecurity = SecurityLevel.Bits192,
        };

        SealParameters.TryCreate(literal, out _, out ParameterError reason).Should().BeFalse();

        reason.Should().Be(ParameterError.SecurityBelowRequired);
    }

    [Fact]
    public void Ids_OfPresets_AreThoseOfTheWireFormat()
    {
        SealParameters.PaperDefault.Id.ToString()
            .Should().Be("6c88c04e478dea0e9a8a57ee4a9046e677b42e94b430908f08d722408524eb84");
        SealParameters.NvidiaFlare.Id.ToString()
            .Should().Be("1bbbdf00229dd7fff0a4bde7792e7b7239d9bab53bb2af004495384e2c4de39f");
    }

    [Fact]
    public void Parameters_Written_AreSealsOwnBehindScaleAndDepth()
    {
        var bytes = new ArrayBufferWriter<byte>();
        var own = new ArrayBufferWriter<byte>();

        SealParameters.NvidiaFlare.WriteTo(bytes);
        SealParameters.NvidiaFlare.Encryption.WriteTo(own);

        bytes.WrittenSpan.EndsWith(own.WrittenSpan).Should().BeTrue();
        SealParameters.Read(bytes.WrittenSpan).Id.Should().Be(SealParameters.NvidiaFlare.Id);
        SealParameters.NvidiaFlare.Id.Should().NotBe(SealParameters.PaperDefault.Id);
    }
}
