using System.Buffers;
using System.Numerics;
using FedHe.Crypto.Paillier.Arithmetic;
using FedHe.Crypto.Paillier.Randomness;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.Paillier;

public sealed class CombRandomizerSourceTests
{
    [Fact]
    public void Create_AfterItsTablesFailedOnce_Succeeds()
    {
        byte[] modulus = (new BigInteger(PaillierKnownAnswer.P, isUnsigned: true, isBigEndian: true)
            * new BigInteger(PaillierKnownAnswer.Q, isUnsigned: true, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true);
        var arithmetic = new PaillierArithmetic(modulus);
        using var generator = new FailingMemory(PaillierKnownAnswer.Generator);
        var source = new CombRandomizerSource(arithmetic, generator.Memory, new DeterministicRandomSource(1));
        var expected = new byte[arithmetic.CiphertextLength];
        new CombRandomizerSource(arithmetic, PaillierKnownAnswer.Generator, new DeterministicRandomSource(1)).Create(expected);
        var randomizer = new byte[arithmetic.CiphertextLength];

        source.Invoking(subject => subject.Create(randomizer)).Should().Throw<InsufficientMemoryException>();
        source.Create(randomizer);

        randomizer.Should().Equal(expected);
    }

    /// <summary>Memory that cannot be read the first time.</summary>
    private sealed class FailingMemory(byte[] bytes) : MemoryManager<byte>
    {
        private bool _hasFailed;

        public override Memory<byte> Memory => CreateMemory(bytes.Length);

        public override Span<byte> GetSpan()
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                throw new InsufficientMemoryException();
            }

            return bytes;
        }

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
