using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace FedHe.Interop.Tests;

/// <summary>A process that runs Microsoft SEAL. One context and one pair of keys at a time; not thread-safe.</summary>
public sealed class SealPeer : IDisposable
{
    // Started by the first question, so that nothing fails where all tests are skipped.
    private readonly Lazy<Process> _process = new(Start);

    /// <summary>The version of the package.</summary>
    public string Version => Ask(new JsonObject { ["operation"] = "version" }).Text("version");

    /// <summary>Makes parameters by <c>CoeffModulus::Create</c>.</summary>
    public SealPeerContext CreateContext(int degree, int[] bitSizes, bool zlib = false) => ContextOf(Ask(new JsonObject
    {
        ["operation"] = "createContext",
        ["degree"] = degree,
        ["bitSizes"] = new JsonArray([.. bitSizes.Select(bits => (JsonNode)bits)]),
        ["zlib"] = zlib,
    }));

    /// <summary>Loads parameters.</summary>
    public SealPeerContext LoadContext(byte[] parameters) => ContextOf(Ask(new JsonObject
    {
        ["operation"] = "loadContext",
        ["parameters"] = Convert.ToBase64String(parameters),
    }));

    /// <summary>Makes keys and tells them.</summary>
    public SealPeerKeys CreateKeys(bool seeded = false, bool zlib = false) => KeysOf(Ask(new JsonObject
    {
        ["operation"] = "createKeys",
        ["seeded"] = seeded,
        ["zlib"] = zlib,
    }));

    /// <summary>Loads keys, and tells what it would save of them.</summary>
    public SealPeerKeys LoadKeys(byte[] secretKey, byte[] publicKey) => KeysOf(Ask(new JsonObject
    {
        ["operation"] = "loadKeys",
        ["secretKey"] = Convert.ToBase64String(secretKey),
        ["publicKey"] = Convert.ToBase64String(publicKey),
    }));

    /// <summary>Encodes and encrypts the values of one ciphertext.</summary>
    public byte[] Encrypt(ReadOnlySpan<double> values, int logScale, SealEncryption how, bool zlib = false) => Ask(new JsonObject
    {
        ["operation"] = "encrypt",
        ["values"] = Convert.ToBase64String(MemoryMarshal.AsBytes(values)),
        ["scale"] = Math.ScaleB(1, logScale),
        ["how"] = how.ToString().ToLowerInvariant(),
        ["zlib"] = zlib,
    }).Bytes("ciphertext");

    /// <summary>Encrypts a plaintext that was encoded elsewhere.</summary>
    public byte[] EncryptPlaintext(byte[] plaintext, SealEncryption how) => Ask(new JsonObject
    {
        ["operation"] = "encrypt",
        ["plaintext"] = Convert.ToBase64String(plaintext),
        ["how"] = how.ToString().ToLowerInvariant(),
    }).Bytes("ciphertext");

    /// <summary>Decrypts and decodes one ciphertext.</summary>
    public double[] Decrypt(ReadOnlyMemory<byte> ciphertext)
    {
        JsonObject answer = Ask(new JsonObject
        {
            ["operation"] = "decrypt",
            ["ciphertext"] = Convert.ToBase64String(ciphertext.Span),
        });
        return MemoryMarshal.Cast<byte, double>(answer.Bytes("values")).ToArray();
    }

    /// <summary>Decrypts one ciphertext and tells the plaintext as it is.</summary>
    public byte[] DecryptToPlaintext(ReadOnlyMemory<byte> ciphertext) => Ask(new JsonObject
    {
        ["operation"] = "decrypt",
        ["ciphertext"] = Convert.ToBase64String(ciphertext.Span),
        ["asPlaintext"] = true,
    }).Bytes("plaintext");

    /// <summary>Adds ciphertexts with integer weights.</summary>
    public byte[] WeightedSum(IReadOnlyList<ReadOnlyMemory<byte>> ciphertexts, long[] weights, bool zlib = false) => Ask(new JsonObject
    {
        ["operation"] = "weightedSum",
        ["ciphertexts"] = new JsonArray([.. ciphertexts.Select(bytes => (JsonNode)Convert.ToBase64String(bytes.Span))]),
        ["weights"] = new JsonArray([.. weights.Select(weight => (JsonNode)weight)]),
        ["zlib"] = zlib,
    }).Bytes("ciphertext");

    /// <summary>Multiplies by a scalar at the scale of a prime, and rescales.</summary>
    public byte[] RescaledProduct(ReadOnlyMemory<byte> ciphertext, double factor, ulong prime) => Ask(new JsonObject
    {
        ["operation"] = "rescaledProduct",
        ["ciphertext"] = Convert.ToBase64String(ciphertext.Span),
        ["factor"] = factor,
        ["prime"] = (double)prime,
    }).Bytes("ciphertext");

    /// <summary>Sends a line and waits for the answer.</summary>
    public JsonObject Ask(JsonObject request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Process process = _process.Value;
        process.StandardInput.WriteLine(request.ToJsonString());
        process.StandardInput.Flush();
        string line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("SEAL's process has ended.");
        JsonObject answer = JsonNode.Parse(line)!.AsObject();
        return answer["error"] is JsonNode error ? throw new InvalidOperationException($"SEAL: {error}") : answer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.IsValueCreated)
        {
            return;
        }

        using Process process = _process.Value;
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            process.Kill();
        }
    }

    private static Process Start()
    {
        if (SealInstallation.WhyNot is string reason)
        {
            throw new InvalidOperationException(reason);
        }

        Process process = Process.Start(SealInstallation.Start("node", "seal-peer.cjs"))!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    private static SealPeerContext ContextOf(JsonObject answer)
        => new(answer.Bytes("parameters"), answer.Bytes("key"), answer.Bytes("first"));

    private static SealPeerKeys KeysOf(JsonObject answer) => new(answer.Bytes("secretKey"), answer.Bytes("publicKey"));
}
