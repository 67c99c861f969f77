using System.Text.Json.Nodes;

namespace FedHe.Interop.Tests;

internal static class JsonObjectExtensions
{
    public static string Text(this JsonObject json, string name) => json[name]!.GetValue<string>();

    public static byte[] Bytes(this JsonObject json, string name) => Convert.FromBase64String(json.Text(name));
}
