using FedHe.MLBridge.Layout;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Models;
using FedHe.TorchSharp.State;
using FedHe.TorchSharp.Tests.Support;
using TorchSharp.Modules;
using TorchSharp.PyBridge;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.Files;

/// <summary>Safetensors files that another library writes for a module are read here, and the other way round.</summary>
public sealed class PyBridgeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-pybridge-");

    [TorchFact]
    public void File_ThatPyBridgeWrote_HasTheModuleAndWhatStaysLocal()
    {
        using Sequential module = NormalizedNetwork.Create();
        using Sequential other = NormalizedNetwork.Create();
        string path = PathOf("module");
        module.save_safetensors(path);
        var layout = ModuleLayout.Of(module, bound: 8);

        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(path);
        SafetensorsModel described = SafetensorsModel.Describe(checkpoint, new SafetensorsModelOptions { Bound = 8 });
        layout.Load(SafetensorsModel.Match(checkpoint, layout.Layout).ReadParameters(), other);

        described.Layout.Tensors.Select(tensor => tensor.Name).Should()
            .BeEquivalentTo([.. layout.Layout.Tensors.Select(tensor => tensor.Name), "norm.running_mean", "norm.running_var"]);
        described.Local.Select(tensor => tensor.Name).Should().Equal("norm.num_batches_tracked");
        ShouldBeEqual(other.parameters(), module.parameters());
    }

    [TorchFact]
    public void File_ThatIsWrittenHere_IsWhatPyBridgeLoads()
    {
        using Sequential module = NormalizedNetwork.Create();
        using Sequential other = NormalizedNetwork.Create();
        var layout = ModuleLayout.Of(module, bound: 8);
        string path = PathOf("parameters");
        SafetensorsModel.Save(path, layout.Read(module));

        other.load_safetensors(path, strict: false);

        ShouldBeEqual(other.parameters(), module.parameters());
    }

    [TorchFact]
    public void Averages_WrittenIntoACopyOfAFile_AreWhatPyBridgeLoadsWithAllThatStayed()
    {
        using Sequential module = NormalizedNetwork.Create();
        using Sequential other = NormalizedNetwork.Create();
        using Tensor batch = rand(5, 3);
        module.train();
        module.call(batch).Dispose();
        string path = PathOf("module");
        module.save_safetensors(path);
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(path);
        SafetensorsModel model = SafetensorsModel.Describe(checkpoint, new SafetensorsModelOptions { Bound = 8 });
        ModelParameters averages = model.ReadParameters();

        string copy = PathOf("copy");
        model.Write(copy, averages);
        other.load_safetensors(copy, strict: true);

        ShouldBeEqual(other.parameters(), module.parameters());
        ShouldBeEqual(other.buffers(), module.buffers());
        other.state_dict()["norm.num_batches_tracked"].item<long>().Should().Be(1);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static void ShouldBeEqual(IEnumerable<Tensor> actual, IEnumerable<Tensor> expected)
        => actual.Zip(expected).Should().NotBeEmpty().And.OnlyContain(pair => pair.First.HasSameValues(pair.Second));

    private string PathOf(string name) => Path.Combine(_folder.FullName, $"{name}.safetensors");
}
