using FedHe.Crypto.Bounds;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Plain;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Operations;

public sealed class HostileBoundTests
{
    [Fact]
    public void Add_VectorsWhoseDeclaredNoiseAddsUpToInfinity_IsRefused()
    {
        // Either vector alone is readable, so an uploader can send it; their sum would have a bound that no reader accepts.
        var hostile = new VectorBound(MaxAbs: 1, Rounding: 0, NoiseMax: 0, NoiseVariance: double.MaxValue);
        KeyId keyId = default;
        using var left = new PlainVector(InsecurePlainParameters.Default, keyId, hostile, [1]);
        using var right = new PlainVector(InsecurePlainParameters.Default, keyId, hostile, [1]);

        FluentActions.Invoking(() => SchemeRegistry.Plain.Context.Public.Evaluator.Add(left, right)).Should().Throw<HeCapacityException>();
    }
}
