using System.Diagnostics;
using System.Runtime.InteropServices;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Keys;
using FedHe.TestKit.Architecture;
using FedHe.TestKit.Numerics;

namespace FedHe.Interop.Tests;

/// <summary>The program of docs/seal-interop.md does what the document says.</summary>
[Collection(OneSeal.Name)]
public sealed class DocumentationTests(SealPeer peer)
{
    private const string Begin = "```js\n";

    [SealFact]
    public void Program_OfTheDocument_EncryptsWhatFedHeDecrypts()
    {
        using var setting = new InteropSetting(peer, new ParameterCase(4096, [50, 50], 32));
        double[] values = TestVectors.Create(setting.Slots + 10, ValuePattern.Uniform, maxAbs: 1, new Random(1));
        string folder = Directory.CreateDirectory(Path.Combine(SealInstallation.Folder, "document")).FullName;
        Write("parameters.seal", InteropSetting.Bytes(buffer => setting.Seal.WriteTo(buffer)));
        Write("public-key.seal", InteropSetting.Bytes(buffer => setting.Exchange.WritePublicKey(setting.Keys.SecretKey, buffer)));
        Write("values.f64", MemoryMarshal.AsBytes(values.AsSpan()));
        File.WriteAllText(Path.Combine(folder, "hospital.cjs"), Program());
        ProcessStartInfo start = SealInstallation.Start("node", "hospital.cjs");
        start.WorkingDirectory = folder;
        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.Should().Be(0, errors);

        VectorBound bound = setting.Exchange.FreshBound(1);
        ReadOnlyMemory<byte>[] files = [Read("ciphertext-0.seal"), Read("ciphertext-1.seal")];
        using EncryptedVector vector = setting.Read(files, values.Length, bound);
        InteropSetting.LargestDifference(setting.Decrypt(vector), values).Should().BeLessThanOrEqualTo(bound.ErrorBound);

        byte[] Read(string name) => File.ReadAllBytes(Path.Combine(folder, name));

        void Write(string name, ReadOnlySpan<byte> bytes) => File.WriteAllBytes(Path.Combine(folder, name), bytes.ToArray());
    }

    private static string Program()
    {
        string document = File.ReadAllText(Path.Combine(SolutionDirectory.Path, "docs", "seal-interop.md")).ReplaceLineEndings("\n");
        int start = document.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        return document[start..document.IndexOf("```", start, StringComparison.Ordinal)];
    }
}
