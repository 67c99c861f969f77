using System.Text;
using FedHe.Hosting.Clients;
using FedHe.Orchestration.Job;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>What a client of a kit does around its training command, without a server.</summary>
public sealed class KitClientTests : IAsyncLifetime
{
    private readonly StringBuilder _errors = new();
    private QuickKits _kits = null!;

    public async Task InitializeAsync() => _kits = await QuickKits.ProvisionAsync();

    public Task DisposeAsync()
    {
        _kits.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Words_OfATrainingProgram_CommandNoTerminal()
    {
        using KitClient client = Open("printf 'before \\033]0;title\\007 after\\n' >&2; exit 3");
        await client.Invoking(one => one.TrainAsync(one.Initial, TaskOf(1), progress: null, CancellationToken.None)).Should().ThrowAsync<ToolException>();

        _errors.ToString().Should().Contain("before ?]0;title? after").And.NotContain("\u001b").And.NotContain("\u0007");
    }

    [Fact]
    public async Task Model_ThatSomebodyChanged_IsWrittenAnew()
    {
        using KitClient client = Open("true");
        var model = new FederatedModel(1, client.Initial, MaxErrorBound: 1e-6, ModelRelease.MayBePublished, Outcome: null);
        await client.TakeAsync(model, CancellationToken.None);
        string path = client.PathOf(model);
        string? noted = RoundNote.Read(_kits["north"], 1).Sha256;
        SmallModel.Write(path, 5, 5);
        FileDigest.Of(path).Should().NotBe(noted);

        // As after a restart, when a host gives the newest model once more.
        await client.TakeAsync(model, CancellationToken.None);
        FileDigest.Of(path).Should().Be(noted);
        RoundNote.Read(_kits["north"], 1).Sha256.Should().Be(noted);
        _errors.ToString().Should().Contain("is not the file that was written");
    }

    [Theory]
    [InlineData(FederationOutcome.Completed, ModelRelease.MayBePublished, true)]
    [InlineData(FederationOutcome.Left, ModelRelease.MayBePublished, true)]
    [InlineData(FederationOutcome.Completed, ModelRelease.Unconfirmed, false)]
    [InlineData(null, ModelRelease.MayBePublished, false)]
    public async Task Client_HasEnded_WhenNothingAboutItsLastModelIsOpen(FederationOutcome? outcome, ModelRelease release, bool ends)
    {
        using KitClient client = Open("true");
        await client.TakeAsync(new FederatedModel(1, client.Initial, 1e-6, release, outcome), CancellationToken.None);

        client.Ended.IsCompleted.Should().Be(ends);
    }

    private static TrainingTask TaskOf(int round) => new(round, new TrainingSettings(), WeightLimit: 100);

    private KitClient Open(string script)
    {
        Kit kit = _kits.OpenNorth();
        return new KitClient(kit, kit.ReadJob(), ["sh", "-c", script], samples: 10, TimeSpan.FromMinutes(1), new ToolConsole(TextWriter.Null, new StringWriter(_errors), isInteractive: false));
    }
}
