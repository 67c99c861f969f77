using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.Hosting.PostgreSql.Options;
using FedHe.Orchestration.Approvals;
using FedHe.Tool.Folders;

namespace FedHe.Tool.Kits;

/// <summary>Writes the settings of a kit. Paths in them are below the folder of the kit, which may lie anywhere.</summary>
internal static class KitSettings
{
    /// <summary>The key of the fingerprint of a client that joins a job which was described without it, in the section of the command.</summary>
    public const string Joins = "Joins";

    /// <summary>The section of the settings of hosts of FedHe.</summary>
    public const string Host = "FedHe";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Returns the settings of the server.</summary>
    /// <param name="job">The name of the job.</param>
    /// <param name="listen">The address that the server listens on.</param>
    /// <param name="clientPins">The pin of each client's certificate.</param>
    /// <param name="authorityPin">The pin of the authority's certificate.</param>
    /// <param name="database">The connection string of the database that the server is kept in, or null for its folder.</param>
    public static byte[] OfServer(string job, string listen, IEnumerable<(string Client, string Pin)> clientPins, string authorityPin, string? database)
    {
        var pins = new JsonObject();
        foreach ((string client, string pin) in clientPins)
        {
            pins[client] = new JsonArray(pin);
        }

        return Write(Begin(PartyRole.Server, PartyFolder.ServerName, job, samples: null), new JsonObject
        {
            ["Jobs"] = new JsonObject
            {
                [job] = new JsonObject
                {
                    ["Folder"] = KitFiles.Party,
                    ["PasswordFile"] = KitFiles.Password,
                    ["ClientKeys"] = pins,
                    ["AuthorityKeys"] = new JsonArray(authorityPin),
                },
            },
        }, new JsonObject
        {
            ["Endpoints"] = new JsonObject
            {
                ["Https"] = new JsonObject
                {
                    ["Url"] = listen,
                    ["Certificate"] = new JsonObject { ["Path"] = KitFiles.Certificate, ["KeyPath"] = KitFiles.CertificateKey },
                },
            },
        }, database);
    }

    /// <summary>Returns the settings of a client or of the authority.</summary>
    /// <param name="role">The role.</param>
    /// <param name="party">The name of the party.</param>
    /// <param name="job">The name of the job.</param>
    /// <param name="samples">The number of samples of a client, or null.</param>
    /// <param name="server">The address of the server.</param>
    /// <param name="serverPin">The pin of the server's certificate.</param>
    /// <param name="promise">What a client demands of its job by differential privacy, or null for nothing.</param>
    /// <param name="lastRetry">The longest wait before the party tries again, or null for the one of hosts.</param>
    /// <param name="approvals">Who must approve what the authority does, or null for nobody.</param>
    /// <param name="joins">The fingerprint of a client that joins a job which was described without it, or null.</param>
    public static byte[] OfParty(
        PartyRole role, string party, string job, long? samples, Uri server, string serverPin, ClientPromise? promise, TimeSpan? lastRetry, ApprovalRules? approvals = null, string? joins = null)
    {
        var fedhe = new JsonObject
        {
            ["Server"] = $"{server.GetLeftPart(UriPartial.Authority)}{KitFiles.Endpoints}",
            ["Folder"] = KitFiles.Party,
            ["PasswordFile"] = KitFiles.Password,
            ["Certificate"] = KitFiles.Certificate,
            ["CertificateKey"] = KitFiles.CertificateKey,
            ["ServerKeys"] = new JsonArray(serverPin),
        };
        if (lastRetry is TimeSpan longest)
        {
            fedhe["LastRetry"] = longest.ToString("c");
        }

        if (approvals is not null)
        {
            fedhe["Approvals"] = approvals.Needed;
            fedhe["Administrators"] = new JsonObject(
                approvals.Administrators.Select(one => KeyValuePair.Create(one.Key, (JsonNode?)JsonValue.Create(Convert.ToBase64String(one.Value.Encoded)))));
        }

        JsonObject kit = Begin(role, party, job, samples);
        if (joins is not null)
        {
            kit[Joins] = joins;
        }

        if (promise is not null)
        {
            kit[KitPromise.Name] = KitPromise.Write(promise);
        }

        return Write(kit, fedhe, kestrel: null);
    }

    /// <summary>Returns the settings of an administrator of the authority, who runs nothing.</summary>
    /// <param name="name">The name of the administrator.</param>
    /// <param name="job">The name of the job.</param>
    public static byte[] OfAdministrator(string name, string job)
        => [.. JsonSerializer.SerializeToUtf8Bytes(new JsonObject { [Kit.Section] = Begin(PartyRole.Administrator, name, job, samples: null) }, Indented), (byte)'\n'];

    private static JsonObject Begin(PartyRole role, string party, string job, long? samples)
    {
        var kit = new JsonObject { ["Role"] = role.ToString(), ["Party"] = party, ["Job"] = job };
        if (samples is long count)
        {
            kit["Samples"] = count;
        }

        return kit;
    }

    private static byte[] Write(JsonObject kit, JsonObject fedhe, JsonObject? kestrel, string? database = null)
    {
        var all = new JsonObject
        {
            [Kit.Section] = kit,
            ["Logging"] = new JsonObject
            {
                ["LogLevel"] = new JsonObject
                {
                    ["Default"] = "Warning",
                    ["FedHe"] = "Information",
                },
            },
        };
        if (kestrel is not null)
        {
            all["Kestrel"] = kestrel;
        }

        if (database is not null)
        {
            all[KitDatabase.Section] = new JsonObject { [nameof(FedHePostgreSqlOptions.ConnectionString)] = database };
        }

        all[Host] = fedhe;
        return [.. JsonSerializer.SerializeToUtf8Bytes(all, Indented), (byte)'\n'];
    }
}
