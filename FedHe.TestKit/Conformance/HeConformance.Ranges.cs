using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;

namespace FedHe.TestKit.Conformance;

/// <content>Decryption of a part of a vector, where the scheme can.</content>
public abstract partial class HeConformance
{
    [Theory]
    [MemberData(nameof(Forms))]
    public void DecryptRange_OfAnyWholeCiphertexts_GivesTheirValues(VectorForm form)
    {
        if (Decryptor is not IRangeDecryptor decryptor)
        {
            return;
        }

        int perCiphertext = Context.Parameters.ValuesPerCiphertext;
        decryptor.RangeLength.Should().BePositive();
        (decryptor.RangeLength % perCiphertext).Should().Be(0);
        using EncryptedVector vector = Encryptor(form).Encrypt(Uniform(LengthOf(3, 1), seed: 21), MaxAbs);
        double[] whole = Decrypt(vector);
        for (int first = 0; first < 4; first++)
        {
            for (int end = first + 1; end <= 4; end++)
            {
                int start = first * perCiphertext;
                var part = new double[Math.Min(end * perCiphertext, vector.Length) - start];

                decryptor.DecryptRange(vector, start, part);

                part.Should().Equal(whole[start..(start + part.Length)], "{0} to {1}", first, end);
            }
        }
    }

    [Fact]
    public void DecryptRange_OutsideOfTheVectorOrOfPartsOfCiphertexts_IsRefused()
    {
        if (Decryptor is not IRangeDecryptor decryptor)
        {
            return;
        }

        int perCiphertext = Context.Parameters.ValuesPerCiphertext;
        int length = LengthOf(2, 1);
        using EncryptedVector vector = Encryptor(VectorForm.Seeded).Encrypt(Uniform(length, seed: 22), MaxAbs);
        List<(int Start, int Length)> refused =
        [
            (0, 0), (0, length + 1), (-perCiphertext, perCiphertext), (2 * perCiphertext, perCiphertext + 1), (3 * perCiphertext, 1),
            (int.MaxValue, 1), (perCiphertext, length),
        ];
        if (perCiphertext > 1)
        {
            refused.AddRange([(1, perCiphertext), (1, length - 1), (0, perCiphertext - 1), (perCiphertext, perCiphertext - 1)]);
        }

        foreach ((int start, int count) in refused)
        {
            FluentActions.Invoking(() => decryptor.DecryptRange(vector, start, new double[count])).Should().Throw<ArgumentException>("{0}, {1}", start, count);
        }
    }
}
