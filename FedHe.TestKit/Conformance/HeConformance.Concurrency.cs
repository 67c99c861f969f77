using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;

namespace FedHe.TestKit.Conformance;

/// <content>What is called thread-safe is used from several threads at once.</content>
public abstract partial class HeConformance
{
    [Theory]
    [MemberData(nameof(Forms))]
    public void Roles_UsedByManyThreads_StillHoldTheBound(VectorForm form)
    {
        const int Threads = 8;
        int length = LengthOf(1, 1);
        IEncryptor encryptor = Encryptor(form);
        IDecryptor decryptor = Decryptor;
        var failures = new string?[Threads];

        var threads = Enumerable.Range(0, Threads).Select(index => new Thread(() => failures[index] = Work(index))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        failures.Should().AllSatisfy(failure => failure.Should().BeNull());

        string? Work(int index)
        {
            try
            {
                double[] values = Uniform(length, seed: 110 + index);
                using EncryptedVector vector = encryptor.Encrypt(values, MaxAbs);
                using EncryptedVector copy = Read(BytesOf(vector));
                using EncryptedVector another = encryptor.Encrypt(values, MaxAbs);
                using EncryptedVector sum = Context.Public.Evaluator.Add(copy, another);
                var decrypted = new double[length];
                decryptor.Decrypt(sum, decrypted);
                int wrong = Enumerable.Range(0, length)
                    .Count(i => !(Math.Abs(decrypted[i] - (2 * values[i])) <= sum.Bound.ErrorBound));
                return wrong == 0 ? null : $"{wrong} values exceed the bound on thread {index}";
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                return failure.ToString();
            }
        }
    }
}
