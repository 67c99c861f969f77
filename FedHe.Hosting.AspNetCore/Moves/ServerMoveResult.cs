namespace FedHe.Hosting.AspNetCore.Moves;

/// <summary>A server move result says where the server of a job is kept now.</summary>
/// <param name="Place">The name of the folder or of the store, without any secret.</param>
/// <param name="HasMoved">Whether this call moved the server, or ended a move that was broken off; false where the server was there already.</param>
public sealed record ServerMoveResult(string Place, bool HasMoved);
