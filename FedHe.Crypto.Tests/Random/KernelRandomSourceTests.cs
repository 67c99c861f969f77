using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Tests.Random;

/// <summary>The device of the kernel, and what stands in its place where it is missing: nothing.</summary>
public sealed class KernelRandomSourceTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Fill_ManyTimes_NeverRepeats()
    {
        using var kernel = new KernelRandomSource();
        var drawn = new HashSet<string>();
        var bytes = new byte[16];
        for (int i = 0; i < 1000; i++)
        {
            kernel.Fill(bytes);
            drawn.Add(Convert.ToHexString(bytes)).Should().BeTrue();
        }

        var many = new byte[100_000];
        kernel.Fill(many);
        many[^1000..].Should().Contain(value => value != 0, "a request is filled to its end");
    }

    [Fact]
    public void Fill_WithoutADevice_IsRefusedUntilThereIsOne()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var kernel = new KernelRandomSource(_path);
        FluentActions.Invoking(() => kernel.Fill(new byte[8])).Should().Throw<HeRandomnessException>();
        File.CreateSymbolicLink(_path, "/dev/urandom");

        kernel.Invoking(source => source.Fill(new byte[8])).Should().NotThrow();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(100_000)]
    public void Fill_FromAnOrdinaryFile_IsRefused(int length)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var content = new byte[length];
        new System.Random(1).NextBytes(content);
        File.WriteAllBytes(_path, content);
        using var kernel = new KernelRandomSource(_path);

        FluentActions.Invoking(() => kernel.Fill(new byte[8])).Should().Throw<HeRandomnessException>();
    }

    [Fact]
    public void Fill_AfterTheDeviceWasClosed_IsRefused()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var kernel = new KernelRandomSource();
        kernel.Fill(new byte[8]);
        kernel.Dispose();

        FluentActions.Invoking(() => kernel.Fill(new byte[8])).Should().Throw<HeRandomnessException>();
    }

    [Fact]
    public void Operations_WithoutADevice_AreRefusedAndUseNothingElse()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var whole = new CkksContext(CkksParameters.Aggregation, RandomSource.System);
        using KeyPair keys = whole.GenerateKeyPair();
        using var missing = new KernelRandomSource(_path);
        var random = new HedgedRandomSource(
            new HedgeInputs(new ProcessRandomSource(), missing, TimeProvider.System, new DrawCounter()), clientSecret: []);
        using var context = new CkksContext(CkksParameters.Aggregation, random);
        foreach (EncryptionKey key in (EncryptionKey[])[keys.SecretKey, keys.PublicKey])
        {
            IEncryptor encryptor = context.CreateEncryptor(key);
            EncryptedVector? vector = null;
            FluentActions.Invoking(() => vector = encryptor.Encrypt(new double[8], 1)).Should().Throw<HeRandomnessException>();
            vector.Should().BeNull();
        }

        context.Invoking(c => c.GenerateKeyPair()).Should().Throw<HeRandomnessException>();
    }
}
