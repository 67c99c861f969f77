using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using FedHe.MLBridge.Identities;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Files;
using FedHe.Safetensors.Headers;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;
using FedHe.Tool.Provisioning;

namespace FedHe.Tool.Choices;

/// <summary>A project file describes a federation in YAML, by keys of its own and by the options of <c>fedhe keys job</c> with the same values.</summary>
/// <remarks>
/// A key or a value that cannot be is refused with its line.
/// </remarks>
internal sealed class ProjectFile
{
    private const long LargestShape = 1 << 28;

    private static readonly string[] OwnKeys =
        ["name", "server", "listen", "clients", "model", "shape", "bound-of", "keep-local", "postgresql", ProjectPrivacy.Key, ProjectAuthority.Key];

    private readonly string _folder;
    private readonly ProjectNode _root;
    private readonly Dictionary<string, ProjectNode> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ProjectNode> _terms = new(StringComparer.Ordinal);
    private readonly JobOptions _job = new();
    private readonly ProjectPrivacy _privacy;
    private readonly ModelOptions _model = new();
    private readonly ClockOptions _clock = new();
    private readonly Option<int> _days = CertificateDaysOption.Create();
    private readonly Command _command = new("project");

    private ProjectFile(string path)
    {
        _folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        _privacy = new ProjectPrivacy(_job.Privacy);
        _job.AddTo(_command);
        _model.AddBoundsTo(_command);
        _clock.AddTo(_command);
        _command.Options.Add(_days);
        _root = ProjectNode.Read(path);
        string[] known = [.. OwnKeys.Concat(_command.Options.Where(option => !_privacy.Has(option)).Select(KeyOf)).Distinct().Order(StringComparer.Ordinal)];
        foreach ((string key, ProjectNode at, ProjectNode value) in _root.Entries("rounds: 10"))
        {
            if (!known.Contains(key))
            {
                throw at.Refused($"there is no key '{key}'. The keys are {string.Join(", ", known)}.");
            }

            _values[key] = value;
        }

        if (_values.TryGetValue(ProjectPrivacy.Key, out ProjectNode? privacy))
        {
            _terms = _privacy.Read(privacy);
        }
    }

    /// <summary>Reads a project.</summary>
    /// <param name="path">The path of the file. Paths in it are relative to its folder.</param>
    public static Project Read(string path) => new ProjectFile(path).Read();

    private Project Read()
    {
        ParseResult parsed = Parse();
        string name = Need("name", "the name of the job, such as name: heart").Text;
        if (!ClientId.IsValid(name))
        {
            throw _values["name"].Refused($"name must have 1 to 64 ASCII letters, digits, dots, hyphens and underscores, not '{name}'.");
        }

        Uri server = ReadServer();
        List<ProjectClient> clients = ReadClients();
        return new Project
        {
            Name = name,
            Server = server,
            Listen = ReadListen(server),
            Clients = clients,
            Approvals = ReadApprovals(clients),
            Job = _job.Read(parsed) with { Deadlines = _clock.Read(parsed) },
            Model = ReadModel(),
            ModelOptions = _model.ReadBounds(parsed),
            CertificateDays = parsed.GetValue(_days),
            Database = ReadDatabase(),
        };
    }

    /// <summary>Hands the values to the options of the command line, one by one, so that a wrong one is refused at its line.</summary>
    private ParseResult Parse()
    {
        Need("bound", "the magnitude that no value of the model exceeds, such as bound: 8");
        var all = new List<string>();
        foreach (Option option in _command.Options)
        {
            string key = KeyOf(option);
            if (!(_privacy.Has(option) ? _terms : _values).TryGetValue(key, out ProjectNode? node))
            {
                continue;
            }

            var single = new Command(_command.Name) { option };
            foreach ((string text, ProjectNode at) in TextsOf(key, node))
            {
                string word = $"{option.Name}={text}";
                if (single.Parse([word]).Errors is [var error, ..])
                {
                    throw at.Refused(InKeys(error.Message));
                }

                all.Add(word);
            }
        }

        // What is wrong with several together is about privacy.
        ParseResult parsed = _command.Parse(all);
        return parsed.Errors.Count == 0 ? parsed : throw _values[ProjectPrivacy.Key].Refused(InKeys(string.Join(' ', parsed.Errors.Select(error => error.Message))));
    }

    /// <summary>Says in the keys of a project file what is said of options.</summary>
    private string InKeys(string message) => _command.Options.OrderByDescending(option => option.Name.Length)
        .Aggregate(message, (text, option) => text.Replace(option.Name, KeyOf(option), StringComparison.Ordinal));

    private static IEnumerable<(string Text, ProjectNode At)> TextsOf(string key, ProjectNode node) => key switch
    {
        "bound-of" => node.Entries("{ head.weight: 2 }").Select(entry => ($"{entry.Key}={entry.Value.Text}", entry.Value)),
        "keep-local" => node.Items("[ mask ]").Select(item => (item.Text, item)),
        _ => [(node.Text, node)],
    };

    private ProjectApprovals? ReadApprovals(IReadOnlyList<ProjectClient> clients)
    {
        if (!_values.TryGetValue(ProjectAuthority.Key, out ProjectNode? node))
        {
            return null;
        }

        ProjectApprovals approvals = ProjectAuthority.Read(node, _folder);
        ProjectAuthority.CheckNames(node, approvals, clients);
        return approvals;
    }

    private Uri ReadServer()
    {
        ProjectNode node = Need("server", "the address that clients call, such as server: https://fedhe.example:8443");
        return Uri.TryCreate(node.Text, UriKind.Absolute, out Uri? server) && server.Scheme == Uri.UriSchemeHttps && server is { PathAndQuery: "/", UserInfo: "", Fragment: "" }
            ? server
            : throw node.Refused($"server must be an address with TLS and without a path, such as https://fedhe.example:8443, not '{node.Text}'.");
    }

    private string ReadListen(Uri server)
    {
        if (!_values.TryGetValue("listen", out ProjectNode? node))
        {
            return string.Create(CultureInfo.InvariantCulture, $"https://*:{server.Port}");
        }

        // Kestrel takes * and + for all addresses of the machine, which no URI can have.
        string text = node.Text;
        string plain = text.Replace("://*", "://any", StringComparison.Ordinal).Replace("://+", "://any", StringComparison.Ordinal);
        return Uri.TryCreate(plain, UriKind.Absolute, out Uri? address) && address.Scheme == Uri.UriSchemeHttps && address.PathAndQuery == "/"
            ? text
            : throw node.Refused($"listen must be an address with TLS, such as https://*:8443 for all addresses of the machine, not '{text}'.");
    }

    /// <summary>Reads the database that the server is kept in. A project travels, so that it has no password.</summary>
    private string? ReadDatabase() => !_values.TryGetValue("postgresql", out ProjectNode? node) ? null
        : ConnectionText.HasPassword(node.Text) ? throw node.Refused("postgresql cannot be read, or has a password. Name a file at the server with Passfile, such as Host=db;Database=fedhe;Passfile=/etc/fedhe/pgpass.")
        : node.Text;

    private List<ProjectClient> ReadClients()
    {
        ProjectNode node = Need("clients", "the clients, such as clients: [ north, south, west ]");
        List<(ProjectNode At, ProjectClient Client)> clients = node.IsList
            ? [.. node.Items("[ north, south ]").Select(item => (item, new ProjectClient(NameOf(item), Samples: null, Card: null)))]
            : [.. node.Entries("{ north: { samples: 100 } }").Select(entry => (entry.At, ReadClient(NameOf(entry.At), entry.Value)))];
        if (clients.GroupBy(one => one.Client.Client).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw twice.Last().At.Refused($"the client '{twice.Key}' is there twice. Give each client a name of its own.");
        }

        // Names are folders, which some systems do not tell apart by case.
        if (clients.GroupBy(one => one.Client.Client.Value, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } alike)
        {
            throw alike.Last().At.Refused($"the name '{alike.Last().Client.Client}' differs from another one by case alone. Take another name.");
        }

        if (clients.Where(one => one.Client.Card is not null).GroupBy(one => one.Client.Card!.Pin).FirstOrDefault(same => same.Count() > 1) is { } shared)
        {
            throw shared.Last().At.Refused("two cards have one certificate. Each client makes its own, with 'fedhe kit new'.");
        }

        return clients.Count >= 2 ? [.. clients.Select(one => one.Client)] : throw node.Refused("a federation needs at least two clients. Name them.");
    }

    private static ClientId NameOf(ProjectNode node) => PartyFolder.IsClientName(node.Text)
        ? new ClientId(node.Text)
        : throw node.Refused(
            $"a client cannot have the name '{node.Text}'. Names have 1 to 64 ASCII letters, digits, dots, hyphens and underscores, do not begin with a dot, and are not server or authority.");

    private ProjectClient ReadClient(ClientId name, ProjectNode node)
    {
        long? samples = null;
        KitCard? card = null;
        foreach ((string key, ProjectNode at, ProjectNode value) in node.IsEmpty ? [] : node.Entries("{ samples: 100 }"))
        {
            switch (key)
            {
                case "samples":
                    samples = SampleCount.TryParse(value.Text, out long count)
                        ? count
                        : throw value.Refused($"samples must be a whole number above 0, not '{value.Text}'.");
                    break;
                case "card":
                    card = KitCard.Read(Path.Combine(_folder, value.Text)) ?? throw value.Refused($"{value.Text} is no card that 'fedhe kit new' made.");
                    if (card.Card.Client != name)
                    {
                        throw value.Refused($"{value.Text} is the card of '{card.Card.Client}', not of '{name}'.");
                    }

                    break;
                default:
                    throw at.Refused($"a client has no key '{key}'. The keys are card, samples.");
            }
        }

        return new ProjectClient(name, samples, card);
    }

    private byte[] ReadModel()
    {
        if (_values.TryGetValue("shape", out ProjectNode? shape))
        {
            return _values.TryGetValue("model", out ProjectNode? both) ? throw both.Refused("there are model and shape. Keep one of them.") : ReadShape(shape);
        }

        ProjectNode model = Need("model", "a safetensors file to start from, such as model: start.safetensors, or its shape, such as shape: { dense.weight: [10, 784] }");
        try
        {
            using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(Path.Combine(_folder, model.Text));
            return OneFile.Read(checkpoint);
        }
        catch (Exception fault) when (fault is SafetensorsException or IOException or UnauthorizedAccessException)
        {
            throw model.Refused($"the model cannot be read: {fault.Message}");
        }
    }

    /// <summary>Makes a model of zeros.</summary>
    private static byte[] ReadShape(ProjectNode node)
    {
        var tensors = new List<(string Name, SafetensorsDtype Dtype, ImmutableArray<long> Shape)>();
        long values = 0;
        foreach ((string name, ProjectNode _, ProjectNode value) in node.Entries("{ dense.weight: [10, 784] }"))
        {
            ImmutableArray<long> shape = [.. value.Items("[10, 784]").Select(item => long.TryParse(item.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long length) && length is > 0 and <= LargestShape
                ? length
                : throw item.Refused($"a dimension must be a whole number from 1 to {LargestShape}, not '{item.Text}'."))];
            long count = 1;
            foreach (long length in shape)
            {
                count = Math.Min(count * length, LargestShape + 1);
            }

            values += count;
            if (values > LargestShape)
            {
                throw value.Refused("the model is longer than 1 GiB, which this command does not take.");
            }

            tensors.Add((name, SafetensorsDtype.Float32, shape));
        }

        SafetensorsHeader header = SafetensorsHeader.Create(tensors.Select(one => (one.Name, one.Dtype, one.Shape)));
        using var bytes = new MemoryStream();
        var writer = new SafetensorsWriter(bytes, header);
        foreach (SafetensorsEntry entry in header.Tensors)
        {
            writer.Write(entry.Name, new byte[entry.Length]);
        }

        writer.Complete();
        return bytes.ToArray();
    }

    private ProjectNode Need(string key, string what) => _values.TryGetValue(key, out ProjectNode? node) ? node : throw _root.Refused($"{key} is missing: {what}.");

    private string KeyOf(Option option) => _privacy.KeyOf(option);
}
