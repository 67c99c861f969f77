using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using FedHe.Hosting.Certificates;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.TestKit.Architecture;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

public sealed class ProvisionTests : IDisposable
{
    private const string Project = """
        # four hospitals
        name: heart
        server: https://fedhe.example:8443
        listen: https://127.0.0.1:0
        clients:
          north: { samples: 1200 }
          south: { samples: 300 }
          west:
          east: { samples: 80 }
        model: start.safetensors
        bound: 8
        rounds: 10
        quorum: 3
        round-deadline: 20m
        learning-rate: 0.05
        """;

    private static readonly string[] Parties = ["authority", "east", "north", "server", "south", "west"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-provision-");

    private string Kits => PathOf("kits");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Provision_OfAProject_MakesAKitForEachParty()
    {
        ToolResult result = await ProvisionAsync(Project);

        Names(Directory.GetDirectories(Kits)).Should().Equal(Parties);
        FederationJob job = JobFile.Read(Path.Combine(Kits, "north", "party", PartyFiles.Job));
        result.Json.GetProperty("digest").GetString().Should().Be(job.Digest.ToString());
        job.Settings.Should().Match<FederationSettings>(settings => settings.Rounds == 10 && settings.Quorum == 3 && settings.ClientsPerRound == 4
            && settings.RoundDeadline == TimeSpan.FromMinutes(20) && settings.WaitingTime == TimeSpan.FromMinutes(10) && settings.Training.LearningRate == 0.05);
        job.Committee!.Members.Should().HaveCount(4);
        foreach (string party in Parties)
        {
            string kit = Path.Combine(Kits, party);
            File.ReadAllBytes(Path.Combine(kit, "party", PartyFiles.Job)).Should().Equal(File.ReadAllBytes(Path.Combine(Kits, "north", "party", PartyFiles.Job)));
            File.ReadAllText(Path.Combine(kit, KitFiles.Readme)).Should().Contain(job.Digest.ToString())
                .And.Contain(party is "server" or "authority" ? "Back it up" : "keep `party/ledger` out of every backup")
                .And.Contain(party is "server" or "authority" ? $"    fedhe {party} run --kit .\n" : "    fedhe client run --kit . -- python3 train.py\n");
            File.Exists(Path.Combine(kit, KitFiles.Start)).Should().Be(party is not ("server" or "authority"), "the server has no model, nor has the authority");
            ToolResult status = await Fedhe.DoAsync("status", "--kit", kit, "--json");
            status.Json.GetProperty("party").GetString().Should().Be(party);
            status.Json.GetProperty("digest").GetString().Should().Be(job.Digest.ToString());
        }

        JsonElement server = Settings("server");
        server.GetProperty("Kestrel").GetProperty("Endpoints").GetProperty("Https").GetProperty("Url").GetString().Should().Be("https://127.0.0.1:0");
        JsonElement hosted = server.GetProperty("FedHe").GetProperty("Jobs").GetProperty("heart");
        hosted.GetProperty("ClientKeys").EnumerateObject().Select(client => (client.Name, client.Value.EnumerateArray().Single().GetString()))
            .Should().BeEquivalentTo(Parties.Except(["server", "authority"]).Select(client => (client, Pin(client))));
        hosted.GetProperty("AuthorityKeys").EnumerateArray().Single().GetString().Should().Be(Pin("authority"));
        Parties.Except(["server"]).Should().AllSatisfy(party =>
            Settings(party).GetProperty("FedHe").GetProperty("ServerKeys").EnumerateArray().Single().GetString().Should().Be(Pin("server")));
        Parties.Select(Pin).Should().OnlyHaveUniqueItems();
        Settings("north").GetProperty("FedHe").GetProperty("Server").GetString().Should().Be("https://fedhe.example:8443/fedhe/v1");
        Settings("north").GetProperty("Kit").GetProperty("Samples").GetInt64().Should().Be(1200);
        Settings("west").GetProperty("Kit").TryGetProperty("Samples", out _).Should().BeFalse("west says it itself");
    }

    [Fact]
    public async Task Readme_OfAServerInADatabase_SaysWhereItsBackupsAre()
    {
        await ProvisionAsync($"{Project}\npostgresql: Host=/run/postgresql;Database=fedhe");

        string readme = File.ReadAllText(Path.Combine(Kits, "server", KitFiles.Readme));
        readme.Should().Contain("The server is kept in PostgreSQL").And.Contain("`Passfile`").And.Contain("which has backups of its own").And.Contain("is in `party` and in the database")
            .And.NotContain("is no use from a backup that is old");
        File.ReadAllText(Path.Combine(Kits, "north", KitFiles.Readme)).Should().NotContain("database");
    }

    [Fact]
    public async Task Secrets_AreInTheKitTheyBelongToAlone_AndReadableByTheirOwnerAlone()
    {
        await ProvisionAsync(Project);

        var secrets = new List<(string Party, string What, byte[] Bytes)>();
        foreach (string party in Parties)
        {
            string kit = Path.Combine(Kits, party);
            secrets.Add((party, "password", Encoding.ASCII.GetBytes(File.ReadAllText(Path.Combine(kit, KitFiles.Password)).Trim())));
            secrets.Add((party, "private key", Encoding.ASCII.GetBytes(File.ReadAllLines(Path.Combine(kit, KitFiles.CertificateKey))[1])));
            secrets.Add((party, "sealed secret", File.ReadAllBytes(Path.Combine(kit, "party", party == "authority" ? PartyFiles.AuthorityKeys : PartyFiles.Identity))));
        }

        secrets.Select(secret => Convert.ToHexString(secret.Bytes)).Should().OnlyHaveUniqueItems();
        foreach (string file in Directory.GetFiles(Kits, "*", SearchOption.AllDirectories))
        {
            string owner = Path.GetRelativePath(Kits, file).Split(Path.DirectorySeparatorChar)[0];
            byte[] content = File.ReadAllBytes(file);
            foreach ((string party, string what, byte[] bytes) in secrets.Where(secret => secret.Party != owner))
            {
                content.AsSpan().IndexOf(bytes).Should().Be(-1, $"the {what} of {party} is no business of {file}");
            }
        }

        foreach (string party in Parties)
        {
            string kit = Path.Combine(Kits, party);
            (string identity, string other) = party == "authority" ? (PartyFiles.AuthorityKeys, PartyFiles.Identity) : (PartyFiles.Identity, PartyFiles.AuthorityKeys);
            File.Exists(Path.Combine(kit, "party", identity)).Should().BeTrue(party);
            File.Exists(Path.Combine(kit, "party", other)).Should().BeFalse(party);
        }

        if (!OperatingSystem.IsWindows())
        {
            OpenToOthers(Kits).Should().BeEmpty();
            File.GetUnixFileMode(Path.Combine(Kits, "north", KitFiles.Password)).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task Provision_Again_HasTheSameSettings_AndNoSecretTwice()
    {
        await ProvisionAsync(Project);
        (await RunAsync(Project, "again")).ExitCode.Should().Be(ExitCodes.Done);

        File.ReadAllBytes(Path.Combine(Kits, "north", KitFiles.Start)).Should().Equal(File.ReadAllBytes(PathOf("again/north/" + KitFiles.Start)));
        string WithoutPins(string kits) => string.Join(
            '\n', Parties.Select(party => System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(Path.Combine(PathOf(kits), party, KitFiles.Settings)), "[0-9a-f]{64}", "PIN")));
        WithoutPins("again").Should().Be(WithoutPins("kits"));
        foreach (string party in Parties)
        {
            foreach (string secret in (string[])["password", "certificate.key", "certificate.pem", "party/" + PartyFiles.Job])
            {
                File.ReadAllBytes(Path.Combine(Kits, party, secret)).Should().NotEqual(File.ReadAllBytes(PathOf($"again/{party}/{secret}")), $"{secret} of {party}");
            }
        }
    }

    [Fact]
    public async Task Certificates_AreSelfSigned_ForTheirUse()
    {
        await ProvisionAsync($"{Project}\ncertificate-days: 30\n");

        using X509Certificate2 server = CertificateOf("server");
        using X509Certificate2 north = CertificateOf("north");
        server.MatchesHostname("fedhe.example").Should().BeTrue();
        server.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.FriendlyName.Should().Contain("P256");
        (server.NotAfter - server.NotBefore).Should().Be(TimeSpan.FromDays(31));
        UsesOf(server).Should().Equal("1.3.6.1.5.5.7.3.1");
        UsesOf(north).Should().Equal("1.3.6.1.5.5.7.3.2");
        foreach (string party in Parties)
        {
            // Each verifies under its own key, has the private key beside it, and can issue no other one.
            using var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(Kits, party, KitFiles.Certificate), Path.Combine(Kits, party, KitFiles.CertificateKey));
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(certificate);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.Build(certificate).Should().BeTrue(party);
            chain.ChainElements.Should().ContainSingle(party);
            certificate.HasPrivateKey.Should().BeTrue(party);
            certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority.Should().BeFalse(party);
        }
    }

    [Theory]
    [InlineData("rouns: 3", 5, "no key 'rouns'")]
    [InlineData("rounds: many", 5, "rounds must be a number from 1 to 1000000, not 'many'")]
    [InlineData("rounds: [ 1 ]", 5, "rounds must be one value")]
    [InlineData("rounds:", 5, "rounds must be one value")]
    [InlineData("precision: 99", 5, "precision must be a number from 4 to 32")]
    [InlineData("keys: committee:2", 5, "keys must be authority, committee")]
    [InlineData("weights: secret", 5, "'clear'")]
    [InlineData("round-deadline: 10", 5, "round-deadline must be a number with s, m, h or d")]
    [InlineData("round-deadline: 0s", 5, "round-deadline must be a number with s, m, h or d")]
    [InlineData("bound-of: { w: -1 }", 5, "A bound must be a positive number")]
    [InlineData("certificate-days: 0", 5, "certificate-days must be a number from 1 to 3650, not '0'")]
    [InlineData("max-weight: 4000000000000000000", 5, "max-weight must be a number")]
    [InlineData("name: a", 5, "Duplicate key name")]
    [InlineData("shape: { w: [2] }", 4, "there are model and shape")]
    [InlineData("listen: http://*:80", 5, "listen must be an address with TLS")]
    [InlineData("rounds: 3: 4", 5, "invalid mapping")]
    [InlineData("keep-local: mask", 5, "keep-local must be a list")]
    public async Task ProjectFile_WithAWrongLine_IsRefusedAtThatLine(string line, int number, string message)
    {
        ToolResult result = await RunAsync($"name: heart\nserver: https://fedhe.example\nclients: [ north, south, west ]\nmodel: start.safetensors\n{line}\nbound: 8\n", "kits");

        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().Contain($"line {number}").And.Contain(message);
        _folder.GetFileSystemInfos().Select(entry => entry.Name).Should().BeEquivalentTo("project.yaml", "start.safetensors");
    }

    [Theory]
    [InlineData("clients: [ north ]", "at least two")]
    [InlineData("clients: [ north, north ]", "twice")]
    [InlineData("clients: [ north, North ]", "case")]
    [InlineData("clients: [ north, server ]", "cannot have the name 'server'")]
    [InlineData("clients: [ north, ../x ]", "cannot have the name '../x'")]
    [InlineData("clients: { north: { sample: 3 }, south: }", "no key 'sample'")]
    [InlineData("clients: { north: { samples: 0 }, south: }", "samples must be")]
    [InlineData("clients: { north: { card: none.card }, south: }", "no card")]
    [InlineData("clients: north", "clients must be a mapping")]
    public async Task ProjectFile_WithWrongClients_IsRefused(string line, string message)
    {
        ToolResult result = await RunAsync($"name: heart\nserver: https://fedhe.example\n{line}\nmodel: start.safetensors\nbound: 8\n", "kits");

        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().Contain("line 3").And.Contain(message);
    }

    [Theory]
    [InlineData("name", "name is missing")]
    [InlineData("server", "server is missing")]
    [InlineData("clients", "clients is missing")]
    [InlineData("model", "model is missing")]
    [InlineData("bound", "bound is missing")]
    public async Task ProjectFile_WithoutAKeyThatItNeeds_SaysWhatToWrite(string key, string message)
    {
        string[] lines = ["name: heart", "server: https://fedhe.example", "clients: [ north, south, west ]", "model: start.safetensors", "bound: 8"];
        ToolResult result = await RunAsync(string.Join('\n', lines.Where(line => !line.StartsWith(key, StringComparison.Ordinal))), "kits");

        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().Contain(message);
    }

    [Theory]
    [InlineData("server: http://fedhe.example:8443")]
    [InlineData("server: https://fedhe.example/fedhe/v1")]
    [InlineData("server: fedhe.example:8443")]
    public async Task Server_WithoutTlsOrWithAPath_IsRefused(string line)
        => (await RunAsync($"name: heart\n{line}\nclients: [ north, south, west ]\nmodel: start.safetensors\nbound: 8\n", "kits")).Errors.Should().Contain("line 2: server must be an address with TLS");

    [Fact]
    public async Task FolderThatIsThere_IsLeftAlone()
    {
        Directory.CreateDirectory(Kits);
        File.WriteAllText(Path.Combine(Kits, "mine"), "x");
        ToolResult result = await RunAsync(Project, "kits");

        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().Contain("there already");
        Names(Directory.GetFileSystemEntries(Kits)).Should().Equal("mine");
    }

    [Theory]
    [InlineData("clients-per-round: 2", "The quorum must be at most the number of clients per round")]
    [InlineData("bound-of: { nowhere: 2 }", "nowhere")]
    public async Task JobThatCannotWork_LeavesNothing(string line, string message)
    {
        ToolResult result = await RunAsync($"{Project}\n{line}\n", "kits");

        // Each line can be, and the job that it belongs to cannot: the unfinished folder is there by then.
        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().Contain(message).And.NotContain("line 1");
        _folder.GetFileSystemInfos().Select(entry => entry.Name).Should().BeEquivalentTo("project.yaml", "start.safetensors");
    }

    [Fact]
    public async Task Shape_MakesAModelOfZeros()
    {
        ToolResult result = await RunAsync("name: a\nserver: https://fedhe.example\nclients: [ a, b, c ]\nshape: { w: [2, 3], b: [3] }\nbound: 1\n", "kits");

        result.ExitCode.Should().Be(ExitCodes.Done, result.Errors);
        result.Json.GetProperty("parameters").GetInt32().Should().Be(9);
        (await Fedhe.DoAsync("inspect", Path.Combine(Kits, "a", KitFiles.Start))).Output.Should().Contain("w: F32[2, 3]");
    }

    [Fact]
    public async Task Draw_OfManyClients_IsDone()
    {
        ToolResult result = await RunAsync($"name: a\nserver: https://fedhe.example\nclients: [ {string.Join(", ", Enumerable.Range(1, 9).Select(i => $"c{i}"))} ]\nmodel: start.safetensors\nbound: 1\n", "kits");

        result.ExitCode.Should().Be(ExitCodes.Done, result.Errors);
        JobFile.Read(Path.Combine(Kits, "c1", "party", PartyFiles.Job)).Committee!.Members.Should().HaveCount(7);
    }

    [Fact]
    public async Task Document_ShowsAProjectThatIsProvisioned()
    {
        string document = await File.ReadAllTextAsync(Path.Combine(SolutionDirectory.Path, "docs", "hosting.md"));
        int start = document.IndexOf("```yaml\n", StringComparison.Ordinal) + "```yaml\n".Length;
        await ProvisionAsync(document[start..document.IndexOf("```", start, StringComparison.Ordinal)]);

        Names(Directory.GetDirectories(Kits)).Should().Equal(Parties);
    }

    [Fact]
    public async Task Kit_OfAnotherRole_IsRefused()
    {
        await ProvisionAsync(Project);

        (await Fedhe.RunAsync(["server", "run", "--kit", Path.Combine(Kits, "north")])).Errors.Should().Contain("is the kit of a client; this command is for the server");
        (await Fedhe.RunAsync(["client", "run", "--kit", _folder.FullName, "--", "true"])).Errors.Should().Contain("is no kit");
        (await Fedhe.RunAsync(["client", "run", "--kit", Path.Combine(Kits, "west"), "--", "true"])).Errors.Should().Contain("--samples");
        (await Fedhe.RunAsync(["report", "--kit", Path.Combine(Kits, "north"), "--round", "2"])).ExitCode.Should().Be(ExitCodes.TryAgain);
        (await Fedhe.RunAsync(["model", "export", "--kit", Path.Combine(Kits, "north"), "--out", PathOf("x")])).ExitCode.Should().Be(ExitCodes.TryAgain);
    }

    [Theory]
    [InlineData("north", PartyFiles.Identity, "north.sealed")]
    [InlineData("authority", PartyFiles.AuthorityKeys, "party/authority.sealed")]
    public async Task Server_WithTheKeysOfAnotherPartyInItsKit_DoesNotStart(string party, string secret, string place)
    {
        await ProvisionAsync(Project);
        string server = Path.Combine(Kits, "server");
        File.Copy(Path.Combine(Kits, party, "party", secret), Path.Combine(server, place));
        using var running = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        ToolResult result = await Fedhe.RunAsync(["server", "run", "--kit", server], running.Token);

        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().Contain("is a key or a grant of keys");
    }

    [Fact]
    public async Task MailOfAServer_MayHoldGrants_AndNoOtherKey()
    {
        await ProvisionAsync(Project);
        string server = Path.Combine(Kits, "server");
        string mailbox = Path.Combine(server, "party", "mail", Convert.ToHexStringLower("north"u8));
        Directory.CreateDirectory(mailbox);
        await File.WriteAllBytesAsync(Path.Combine(mailbox, "000000000000000001.message"), await GrantForNorthAsync());
        Action check = () => KeyGuard.CheckKit(server, Path.Combine(server, "party"));
        check.Should().NotThrow();

        // A grant is in its place in a mailbox alone.
        File.Copy(Path.Combine(mailbox, "000000000000000001.message"), Path.Combine(server, "grant"));
        check.Should().Throw<ToolException>().WithMessage("*is a key or a grant of keys*");
        File.Delete(Path.Combine(server, "grant"));
        foreach (string secret in (string[])["north/party/" + PartyFiles.Identity, "authority/party/" + PartyFiles.AuthorityKeys])
        {
            string hidden = Path.Combine(mailbox, "000000000000000002.message");
            File.Copy(Path.Combine(Kits, secret), hidden);
            check.Should().Throw<ToolException>(secret).WithMessage("*is a key or a grant of keys*");
            File.Delete(hidden);
        }

        check.Should().NotThrow();
    }

    /// <summary>Makes the answer of the authority to a request for keys.</summary>
    private async Task<byte[]> GrantForNorthAsync()
    {
        using var identity = ClientIdentity.Load(await SecretAsync("north", PartyFiles.Identity), ProtectorOf("north"));
        FederationJob job = JobFile.Read(Path.Combine(Kits, "north", "party", PartyFiles.Job));
        using var request = new KeyRequest(job, identity);
        using var protector = new FolderSecrets(ProtectorOf("authority"));
        using var keys = JobKeys.Load(await SecretAsync("authority", PartyFiles.AuthorityKeys), protector, job);
        return (await keys.HandleAsync(request.Bytes, CancellationToken.None)).Answer.ToArray();
    }

    private Task<byte[]> SecretAsync(string party, string name) => File.ReadAllBytesAsync(Path.Combine(Kits, party, "party", name));

    private QuickProtector ProtectorOf(string party) => new(File.ReadAllText(Path.Combine(Kits, party, KitFiles.Password)).Trim());

    [UnsupportedOSPlatform("windows")]
    private static IEnumerable<string> OpenToOthers(string folder)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        foreach (string entry in Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories).Append(folder))
        {
            if ((File.GetUnixFileMode(entry) & Others) != 0)
            {
                yield return entry;
            }
        }
    }

    private async Task<ToolResult> ProvisionAsync(string project)
    {
        ToolResult result = await RunAsync(project, "kits");
        result.ExitCode.Should().Be(ExitCodes.Done, result.Errors);
        return result;
    }

    private async Task<ToolResult> RunAsync(string project, string kits)
    {
        await File.WriteAllTextAsync(PathOf("project.yaml"), project);
        SmallModel.Write(PathOf("start.safetensors"), 0, 0);
        return await Fedhe.RunAsync(["provision", PathOf("project.yaml"), "-o", PathOf(kits), "--json"]);
    }

    private JsonElement Settings(string party) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Kits, party, KitFiles.Settings))).RootElement;

    private X509Certificate2 CertificateOf(string party) => X509CertificateLoader.LoadCertificateFromFile(Path.Combine(Kits, party, KitFiles.Certificate));

    private static IEnumerable<string?> UsesOf(X509Certificate2 certificate)
        => certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(use => use.Value);

    private string Pin(string party)
    {
        using X509Certificate2 certificate = CertificateOf(party);
        return CertificatePin.Of(certificate).ToString();
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private static IEnumerable<string> Names(IEnumerable<string> paths) => paths.Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
}
