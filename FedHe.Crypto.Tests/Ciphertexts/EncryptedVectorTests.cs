using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Parameters;

namespace FedHe.Crypto.Tests.Ciphertexts;

public sealed class EncryptedVectorTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(4096, 1)]
    [InlineData(4097, 2)]
    [InlineData(int.MaxValue - 4094, 524_288)]
    [InlineData(int.MaxValue, 524_288)]
    public void CiphertextCount_OfAnyLength_IsTheLengthOverTheValuesOfACiphertextRoundedUp(int length, int count)
    {
        CkksParameters.Aggregation.ValuesPerCiphertext.Should().Be(4096, "or the numbers above mean nothing");
        using var vector = new VectorOfNothing(length);

        vector.CiphertextCount.Should().Be(count);
    }

    private sealed class VectorOfNothing(int length) : EncryptedVector(CkksParameters.Aggregation, default, length, default)
    {
        public override int EncodedLength => 0;

        public override void WriteTo(IBufferWriter<byte> destination) => throw new NotSupportedException();
    }
}
