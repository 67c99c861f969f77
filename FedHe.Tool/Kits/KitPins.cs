using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Kits;

/// <summary>Kit pins are the pins of clients in the settings of a server, which reads them again while it runs.</summary>
internal static class KitPins
{
    private const string Clients = "ClientKeys";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Adds the pin of a client to the settings of a server, and returns whether it was not there.</summary>
    /// <param name="server">The kit of the server.</param>
    /// <param name="client">The name of the client.</param>
    /// <param name="pin">The pin of its certificate.</param>
    /// <remarks>The file keeps its mode, and belongs to the account that runs the command: the account of the server, unless both can read it.</remarks>
    public static bool Add(Kit server, string client, string pin)
    {
        KitEpochs.RequireSeveral(server.ReadJob());
        string path = server.PathOf(KitFiles.Settings);
        using FileStream held = Hold(path);
        try
        {
            JsonObject settings = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
            JsonObject job = settings[KitSettings.Host]!["Jobs"]![server.JobName]!.AsObject();
            JsonObject pins = job[Clients]!.AsObject();
            foreach ((string name, JsonNode? known) in pins.Concat([KeyValuePair.Create("the authority", job["AuthorityKeys"])]))
            {
                bool isThere = known is JsonArray list && list.Any(one => string.Equals((string?)one, pin, StringComparison.OrdinalIgnoreCase));
                if (name == client)
                {
                    return isThere ? false
                        : throw ToolException.Refused($"{path} has another pin for {client} already. Where its certificate was renewed with another key, write both for a while by hand.");
                }

                if (string.Equals(name, client, StringComparison.OrdinalIgnoreCase))
                {
                    throw ToolException.Refused($"{path} has pins for {name}, and settings know no capitals: a server with {client} beside it would not start. The name {client} differs from {name} in capitals alone. Give the client another name.");
                }

                if (isThere)
                {
                    throw ToolException.Refused($"{path} has this pin for {name} already. Each party has a certificate of its own.");
                }
            }

            pins[client] = new JsonArray(pin);
            AtomicFile.ReplaceAlike(path, [.. JsonSerializer.SerializeToUtf8Bytes(settings, Indented), (byte)'\n']);
            return true;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw ToolException.Refused($"{path} is not as 'fedhe provision' wrote it, such as with comments or without pins. Write the pin into it by hand: {Clients} of the job.", fault);
        }
    }

    /// <summary>Keeps other commands from changing the settings meanwhile, which would lose one of two pins.</summary>
    private static FileStream Hold(string path)
    {
        try
        {
            return new FileStream($"{path}.lock", new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose });
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw ToolException.TryAgain($"{path} is being changed by another command, or {path}.lock cannot be written. Run this command again.");
        }
    }
}
