using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace FedHe.Hosting.Tests.Support;

/// <summary>Requests of a party, as a program without FedHe.Hosting would make them.</summary>
internal static class HttpMessages
{
    public static async Task<HttpResponseMessage> PostAsync(this HttpClient http, string messages, ReadOnlyMemory<byte> message)
    {
        using var content = new ReadOnlyMemoryContent(message);
        return await http.PostAsync(new Uri(messages), content);
    }

    /// <summary>Takes the next message without waiting, or returns null.</summary>
    public static async Task<(string Id, byte[] Bytes)?> NextAsync(this HttpClient http, string messages, string? after = null, int wait = 0)
    {
        using HttpResponseMessage response = await http.GetAsync(new Uri($"{messages}/next?wait={wait}{(after is null ? string.Empty : $"&after={after}")}"));
        return response.StatusCode == HttpStatusCode.NoContent
            ? null
            : (response.EnsureSuccessStatusCode().Headers.GetValues("FedHe-Message").Single(), await response.Content.ReadAsByteArrayAsync());
    }

    /// <summary>Takes all messages that wait, and leaves them in the mailbox.</summary>
    public static async Task<List<(string Id, byte[] Bytes)>> AllAsync(this HttpClient http, string messages)
    {
        var all = new List<(string Id, byte[] Bytes)>();
        while (await http.NextAsync(messages, all.Count == 0 ? null : all[^1].Id) is { } message)
        {
            all.Add(message);
        }

        return all;
    }

    public static async Task<HttpStatusCode> DeleteMessageAsync(this HttpClient http, string messages, string id)
    {
        using HttpResponseMessage response = await http.DeleteAsync(new Uri($"{messages}/{id}"));
        return response.StatusCode;
    }

    /// <summary>Reads the name of the problem of a refusal, and holds the refusal to the form of RFC 9457.</summary>
    public static async Task<string> ProblemAsync(this HttpResponseMessage response)
    {
        response.Content.Headers.ContentType?.MediaType.Should().Be("application/problem+json");
        JsonObject problem = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        ((int)problem["status"]!).Should().Be((int)response.StatusCode);
        problem.Select(member => member.Key).Should().BeSubsetOf(["type", "title", "status", "reason", "traceId"]);
        return ((string)problem["type"]!)["urn:fedhe:problem:".Length..];
    }
}
