using FedHe.Orchestration.Job;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>The command <c>fedhe model export</c>, on models that a client has noted.</summary>
public sealed class ModelExportTests : IAsyncLifetime
{
    private QuickKits _kits = null!;

    private string Target => _kits.PathOf("out.safetensors");

    public async Task InitializeAsync() => _kits = await QuickKits.ProvisionAsync();

    public Task DisposeAsync()
    {
        _kits.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Export_CopiesTheNewestModel_OrTheOneOfARound()
    {
        Note(1, first: 1, ModelRelease.MayBePublished);
        Note(2, first: 2, ModelRelease.MayBePublished);
        new RoundNote { Metrics = [] }.Write(_kits["north"], 3);

        (await ExportAsync()).ExitCode.Should().Be(ExitCodes.Done);
        SmallModel.Read(Target).First.Should().Be(2, "of round 3 there are metrics alone");
        File.Delete(Target);
        ToolResult result = await ExportAsync("--round", "1", "--json");
        SmallModel.Read(Target).First.Should().Be(1);
        result.Json.GetProperty("sha256").GetString().Should().Be(FileDigest.Of(Target));
        (await ExportAsync("--round", "3", "--out", _kits.PathOf("three"))).ExitCode.Should().Be(ExitCodes.TryAgain);
    }

    [Fact]
    public async Task Model_ThatChangedSinceItWasNoted_IsRefused()
    {
        Note(1, first: 1, ModelRelease.MayBePublished);
        SmallModel.Write(ModelOf(1), 3, 3);
        ToolResult result = await ExportAsync();

        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().Contain("is not the file that the client wrote");
        Directory.GetFiles(Path.GetDirectoryName(Target)!, "out*").Should().BeEmpty("neither the model nor a part of it is left");
    }

    [Fact]
    public async Task Model_ThatIsUnconfirmed_NeedsAnOption()
    {
        Note(1, first: 1, ModelRelease.Unconfirmed);
        ToolResult result = await ExportAsync();

        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().Contain("may not be given away (Unconfirmed)");
        File.Exists(Target).Should().BeFalse();
        (await ExportAsync("--unconfirmed")).ExitCode.Should().Be(ExitCodes.Done);
        SmallModel.Read(Target).First.Should().Be(1);
    }

    [Fact]
    public async Task File_ThatIsThere_IsLeftAlone()
    {
        Note(1, first: 1, ModelRelease.MayBePublished);
        await File.WriteAllTextAsync(Target, "mine");
        ToolResult result = await ExportAsync();

        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().Contain("is there already");
        (await File.ReadAllTextAsync(Target)).Should().Be("mine");
    }

    private Task<ToolResult> ExportAsync(params string[] options)
        => Fedhe.RunAsync(["model", "export", "--kit", _kits["north"], .. options.Contains("--out") ? [] : new[] { "--out", Target }, .. options]);

    private string ModelOf(int round) => Path.Combine(_kits["north"], "model", $"{round}.safetensors");

    private void Note(int round, float first, ModelRelease release)
    {
        Directory.CreateDirectory(Path.Combine(_kits["north"], "model"));
        SmallModel.Write(ModelOf(round), first, 0);
        new RoundNote { Model = Path.GetRelativePath(_kits["north"], ModelOf(round)), Sha256 = FileDigest.Of(ModelOf(round)), Release = release }.Write(_kits["north"], round);
    }
}
