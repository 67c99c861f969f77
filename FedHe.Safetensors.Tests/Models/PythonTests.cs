using System.Diagnostics;
using System.Text.Json;
using FedHe.MLBridge.Layout;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Models;
using FedHe.Safetensors.Tests.Support;

namespace FedHe.Safetensors.Tests.Models;

/// <summary>Python on the other side, with a reader and a writer that share no code with these.</summary>
public sealed class PythonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [PythonFact]
    public async Task File_ThatPythonWrote_IsReadAndWrittenBack()
    {
        string path = _folder.PathOf("python.safetensors");
        await RunAsync("write", path);
        using var checkpoint = SafetensorsCheckpoint.Open(path);
        var model = SafetensorsModel.Describe(checkpoint, new SafetensorsModelOptions { Bound = 65504 });
        model.Local.Should().ContainSingle().Which.Name.Should().Be("steps");
        ModelParameters parameters = model.ReadParameters();
        parameters.Get<float>("schicht.größe").ToArray().Should().Equal(0.5f, -0.25f, 1.5f, 3f);
        parameters.Get<Half>("half").ToArray().Should().Equal((Half)1, (Half)(-2), Half.MaxValue);
        parameters.Get<double>("double")[0].Should().Be(0.1);
        string copy = _folder.PathOf("copy.safetensors");
        model.Write(copy, parameters);
        File.ReadAllBytes(copy).Should().Equal(File.ReadAllBytes(path));
    }

    [PythonFact]
    public async Task File_WrittenHere_IsReadByPython()
    {
        var layout = new ModelLayout(
            new TensorSpec("naïve.weight", ElementType.Float32, [1, 2], 8), new TensorSpec("h", ElementType.Float16, [1], 8), new TensorSpec("n", ElementType.Int64, []));
        string path = _folder.PathOf("dotnet.safetensors");
        SafetensorsModel.Save(
            path,
            ModelParameters.CreateBuilder(layout).Set<float>("naïve.weight", [0.5f, -3f]).Set<Half>("h", [(Half)0.25]).Set<long>("n", [9]).Build(),
            new Dictionary<string, string> { ["quote"] = "\"\n" });
        using JsonDocument found = JsonDocument.Parse(await RunAsync("read", path));
        JsonElement tensors = found.RootElement.GetProperty("tensors");
        tensors.GetProperty("naïve.weight").ToString().Should().Be("""["F32", [1, 2], [0.5, -3.0]]""");
        tensors.GetProperty("h").ToString().Should().Be("""["F16", [1], [0.25]]""");
        tensors.GetProperty("n").ToString().Should().Be("""["I64", [], [9]]""");
        found.RootElement.GetProperty("metadata").GetProperty("quote").GetString().Should().Be("\"\n");
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "Python", "pure_safetensors.py");
        using var process = Process.Start(new ProcessStartInfo(PythonFactAttribute.Program, [script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, await errors);
        return output;
    }
}
