using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Job;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>Privacy terms in project files, and what clients of kits demand of their jobs.</summary>
public sealed class KitPrivacyTests : IDisposable
{
    private const string Terms = "privacy: { unit: client, epsilon: 8, delta: 1.0e-5, clip: 1.0, dropouts: 1, colluders: 1 }";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-kit-privacy-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Provision_OfAProjectWithPrivacy_PutsTheTermsIntoTheJob_AndTheDemandIntoTheKitsOfClients()
    {
        ToolResult made = await ProvisionAsync(Terms);

        made.ExitCode.Should().Be(ExitCodes.Done, made.Errors);
        FederationJob job = JobFile.Read(Path.Combine(KitOf("north"), "party", PartyFiles.Job));
        job.Update.Privacy.Should().Match<PrivacyTerms>(terms => terms.Unit == ProtectedUnit.Client && terms.Epsilon == 8 && terms.Delta == 1e-5 && terms.Clip == 1
            && terms.Dropouts == 1 && terms.Colluders == 1 && terms.Contributors == 4);
        job.Settings.Quorum.Should().Be(3);
        job.Settings.MinimumContributors.Should().Be(3, "no sum is opened that the noise was not planned for");
        job.Terms.MaxWeight.Should().Be(1, "everybody counts the same");
        made.Json.GetProperty("dpUnit").GetString().Should().Be("Client");
        JsonElement promise = Settings("north").GetProperty("Kit").GetProperty("Promise");
        promise.EnumerateObject().Select(one => (one.Name, one.Value.ToString())).Should().Equal(("Unit", "Client"), ("Epsilon", "8"), ("Delta", "1E-05"), ("Clip", "1"), ("Colluders", "1"));
        File.ReadAllText(Path.Combine(KitOf("north"), KitFiles.Readme)).Should().Contain("what you demand of it: epsilon 8 at most");
        foreach (string party in (string[])["server", "authority"])
        {
            Settings(party).GetProperty("Kit").TryGetProperty("Promise", out _).Should().BeFalse(party);
            File.ReadAllText(Path.Combine(KitOf(party), KitFiles.Readme)).Should().NotContain("demand of it");
        }

        foreach (string party in (string[])["server", "authority", "north"])
        {
            (await Fedhe.DoAsync("status", "--kit", KitOf(party), "--json")).Json.GetProperty("epsilon").GetDouble().Should().Be(8, party);
        }
    }

    [Fact]
    public async Task Terms_OfAProject_AreThoseOfTheCommandLine()
    {
        (await ProvisionAsync("privacy: { unit: client, epsilon: 2, delta: 1.0e-6, clip: 0.5, colluders: 1, sums: 7 }", "rounds: 3")).ExitCode.Should().Be(ExitCodes.Done);
        ToolResult plan = await Fedhe.DoAsync(
            "plan", "--model", PathOf("start.safetensors"), "--bound", "8", "--clients", "4", "--rounds", "3", "--dp", "client", "--epsilon", "2", "--delta", "1e-6", "--clip", "0.5", "--colluders", "1",
            "--sums", "7");

        PrivacyTerms terms = JobFile.Read(Path.Combine(KitOf("north"), "party", PartyFiles.Job)).Update.Privacy!;
        plan.Output.Should().Contain($"Promised is {terms}", "the variance of the noise is in it");
    }

    [Theory]
    [InlineData("privacy: { epsilon: 8, delta: 1.0e-5, clip: 1 }", "privacy needs unit too")]
    [InlineData("privacy: { unit: client, delta: 1.0e-5, clip: 1 }", "needs epsilon too")]
    [InlineData("privacy: { unit: client, epsilon: 8, clip: 1 }", "needs delta too")]
    [InlineData("privacy: { unit: client, epsilon: 8, delta: 1.0e-5 }", "needs clip too")]
    [InlineData("privacy: { unit: client, epsilon: 0, delta: 1.0e-5, clip: 1 }", "epsilon must be a number above 0, not '0'")]
    [InlineData("privacy: { unit: client, epsilon: 8, delta: 1, clip: 1 }", "delta must be a number above 0 and below 1, not '1'")]
    [InlineData("privacy: { unit: client, epsilon: 8, delta: 1.0e-5, clip: .nan }", "clip must be a number above 0, not '.nan'")]
    [InlineData("privacy: { unit: client, epsilon: 8, delta: 1.0e-5, clip: 1, colluders: 0 }", "colluders")]
    [InlineData("privacy: { unit: client, epsilon: 8, delta: 1.0e-5, clip: 1, noise: 3 }", "privacy has no key 'noise'. The keys are clip, colluders, delta, dropouts, epsilon, sums, unit")]
    [InlineData("privacy: { unit: silo, epsilon: 8, delta: 1.0e-5, clip: 1 }", "unit must be none or client, not 'silo'")]
    [InlineData("privacy: { unit: record, epsilon: 8, delta: 1.0e-5, clip: 1 }", "unit record is not offered: a training program hands over a model")]
    [InlineData("privacy: { unit: distributed-gradient, epsilon: 8, delta: 1.0e-5, clip: 1 }", "unit distributed-gradient is not offered")]
    [InlineData("privacy: { unit: local-dp-sgd, epsilon: 8, delta: 1.0e-5, clip: 1 }", "unit local-dp-sgd is not offered")]
    [InlineData("privacy: { unit: none, epsilon: 8 }", "add unit client")]
    [InlineData("privacy: client", "privacy must be a mapping")]
    [InlineData("privacy:", "privacy must be a mapping")]
    [InlineData("epsilon: 8", "there is no key 'epsilon'")]
    [InlineData("dp: client", "there is no key 'dp'")]
    public async Task Terms_ThatAreIncompleteOrOutOfRange_AreRefusedByNameAndLine(string line, string message)
    {
        ToolResult refused = await ProvisionAsync(line);

        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain("line 6").And.Contain(message).And.NotContain("--");
        Directory.Exists(PathOf("kits")).Should().BeFalse();
    }

    [Theory]
    [InlineData("max-weight: 10", "leave out max-weight")]
    [InlineData("weights: hidden", "leave out weights")]
    [InlineData("precision: 20", "leave out precision")]
    [InlineData("minimum-contributors: 3", "leave out minimum-contributors")]
    public async Task Keys_ThatWouldBreakAPromise_AreRefused(string line, string message)
        => (await ProvisionAsync(Terms, line)).Errors.Should().Contain("line 6").And.Contain(message);

    [Theory]
    [InlineData("Epsilon", "7", "more than this client promised")]
    [InlineData("Delta", "1e-6", "more than this client promised")]
    [InlineData("Clip", "2", "clip")]
    [InlineData("Colluders", "2", "Write 2 as the number of colluders")]
    [InlineData("Unit", "\"Record\"", "whose Unit is not Client")]
    [InlineData("Epsilon", "0", "Epsilon must be a number above 0, not '0'")]
    [InlineData("Epsilon", null, "needs Epsilon too")]
    [InlineData("Colluders", "0", "Colluders must be a whole number above 0, not '0'")]
    [InlineData("Noise", "1", "with Noise")]
    [InlineData(null, null, "The job has privacy terms: ")]
    public async Task Client_DemandsWhatItsKitSays_AndRefusesAJobThatPromisesLess(string? name, string? value, string message)
    {
        (await ProvisionAsync(Terms)).ExitCode.Should().Be(ExitCodes.Done);
        Change("north", kit =>
        {
            if (name is null)
            {
                kit.Remove("Promise");
            }
            else
            {
                var promise = (JsonObject)kit["Promise"]!;
                promise.Remove(name);
                if (value is not null)
                {
                    promise[name] = JsonNode.Parse(value);
                }
            }
        });

        ToolResult refused = await RunNorthAsync();

        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain(message);
    }

    [Fact]
    public async Task Client_ThatDemandsNoiseOfAJobWithoutAny_Refuses()
    {
        (await ProvisionAsync()).ExitCode.Should().Be(ExitCodes.Done);
        Change("north", kit => kit["Promise"] = JsonNode.Parse("""{ "Unit": "Client", "Epsilon": 8, "Delta": 1e-5, "Clip": 1 }"""));
        ToolResult refused = await RunNorthAsync();

        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain("adds no noise for anybody");
    }

    [Fact]
    public async Task Join_ShowsTheTermsToBeCompared_AndTakesNoKitThatRefusesItsOwnJob()
    {
        await Fedhe.DoAsync("kit", "new", PathOf("mine"), "north");
        File.Copy(PathOf("mine/north.card"), PathOf("north.card"));
        ToolResult made = await ProvisionAsync(Terms, clients: "{ north: { card: north.card }, south: , west: , east: }");
        string digest = made.Json.GetProperty("digest").GetString()!;
        string settings = Path.Combine(KitOf("north"), KitFiles.Settings);
        byte[] whole = await File.ReadAllBytesAsync(settings);
        Change("north", kit => kit["Promise"]!["Epsilon"] = 7);
        (await Fedhe.RunAsync(["kit", "join", PathOf("mine"), KitOf("north"), "--expect", digest])).ExitCode.Should().Be(ExitCodes.Refused);
        File.Exists(PathOf("mine/" + KitFiles.Settings)).Should().BeFalse();
        await File.WriteAllBytesAsync(settings, whole);

        ToolResult joined = await Fedhe.DoAsync("kit", "join", PathOf("mine"), KitOf("north"), "--expect", digest);
        joined.Output.Should().Contain("Promised is").And.Contain("north demands epsilon 8 or less at delta 1E-05, a clip of 1");
        JsonElement json = (await Fedhe.DoAsync("kit", "join", PathOf("mine"), KitOf("north"), "--expect", digest, "--json")).Json;
        json.GetProperty("dpUnit").GetString().Should().Be("Client");
        (json.GetProperty("epsilon").GetDouble(), json.GetProperty("delta").GetDouble(), json.GetProperty("clip").GetDouble()).Should().Be((8, 1e-5, 1));
    }

    /// <summary>Runs a client, whose server is nowhere: one that does not refuse ends as interrupted.</summary>
    private async Task<ToolResult> RunNorthAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await Fedhe.RunAsync(["client", "run", "--kit", KitOf("north"), "--samples", "1", "--", "true"], limit.Token);
    }

    private async Task<ToolResult> ProvisionAsync(string terms = "rounds: 1", string more = "", string clients = "[ north, south, west, east ]")
    {
        SmallModel.Write(PathOf("start.safetensors"), 0, 0);
        string[] lines = ["name: heart", "server: https://fedhe.example", $"clients: {clients}", "model: start.safetensors", "bound: 8", terms, more];
        await File.WriteAllLinesAsync(PathOf("project.yaml"), lines);
        return await Fedhe.RunAsync(["provision", PathOf("project.yaml"), "-o", PathOf("kits"), "--json"]);
    }

    private void Change(string party, Action<JsonObject> change)
    {
        string path = Path.Combine(KitOf(party), KitFiles.Settings);
        var settings = (JsonObject)JsonNode.Parse(File.ReadAllBytes(path))!;
        change((JsonObject)settings["Kit"]!);
        File.WriteAllText(path, settings.ToJsonString());
    }

    private JsonElement Settings(string party) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(KitOf(party), KitFiles.Settings))).RootElement;

    private string KitOf(string party) => PathOf($"kits/{party}");

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
