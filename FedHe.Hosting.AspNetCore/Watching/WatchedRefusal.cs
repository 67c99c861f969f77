namespace FedHe.Hosting.AspNetCore.Watching;

/// <summary>A watched refusal is how often, and when last, messages of a party were refused for one reason.</summary>
/// <param name="Party">The party.</param>
/// <param name="Message">The kind of message.</param>
/// <param name="Reason">The reason.</param>
/// <param name="Count">How often, since the process began.</param>
/// <param name="Last">When last.</param>
internal sealed record WatchedRefusal(string Party, string Message, string Reason, int Count, DateTimeOffset Last);
