%% Erlang/OTP as a baseline: nodes on loopback, driven by lines on standard input. Each line is an Erlang list, such as
%% [publish,1,50000,48]; each is answered with `ok FIGURE` or `error REASON`. See ../erlang.ts.
-module(bench).
-behaviour(gen_server).
-export([main/0, listen/1, publish/4, call/4, holders/1, register_names/2, unregister_names/2, seen/2]).
-export([init/1, handle_call/3, handle_cast/2]).

-define(GROUP, {lobby_updates, 12}).

main() ->
    [Count] = [list_to_integer(Text) || {nodes, [Text]} <- init:get_arguments()],
    Nodes = [start_node(At) || At <- lists:seq(1, Count)],
    ok = connect(Nodes),
    Listeners = [start_on(Node) || Node <- Nodes],
    ok = until(fun() -> lists:all(fun(Node) -> knows_all(Node, Count) end, Nodes) end),
    answer("ok ~w", [Count]),
    loop(Nodes, Listeners).

start_node(At) ->
    Name = "b" ++ integer_to_list(At) ++ "-" ++ os:getpid(),
    {ok, _Peer, Node} = peer:start_link(#{name => Name, host => "127.0.0.1", longnames => true, args => ["-pa", filename:dirname(code:which(?MODULE))]}),
    Node.

connect(Nodes) ->
    [pong = erpc:call(One, net_adm, ping, [Other]) || One <- Nodes, Other <- Nodes, One =/= Other],
    %% Names are registered among those who are not hidden; the driver, which runs on a node too, is one of them.
    [ok = erpc:call(Node, global, sync, []) || Node <- Nodes],
    ok.

start_on(Node) ->
    Driver = self(),
    Keep = fun() ->
        {ok, _} = pg:start_link(),
        {ok, _} = gen_server:start_link({local, adder}, ?MODULE, [], []),
        Listener = spawn_link(?MODULE, listen, [Driver]),
        ok = pg:join(?GROUP, Listener),
        Driver ! {listener, self(), Listener},
        receive stop -> ok end
    end,
    Keeper = spawn_link(Node, Keep),
    receive {listener, Keeper, Listener} -> Listener end.

knows_all(Node, Count) ->
    length(erpc:call(Node, pg, get_members, [?GROUP])) =:= Count.

until(Condition) ->
    case Condition() of
        true -> ok;
        false -> timer:sleep(1), until(Condition)
    end.

loop(Nodes, Listeners) ->
    case io:get_line("") of
        eof -> halt(0);
        Line ->
            try answer("ok ~w", [perform(parse(Line), Nodes, Listeners)])
            catch Class:Reason -> answer("error ~0p", [{Class, Reason}])
            end,
            loop(Nodes, Listeners)
    end.

parse(Line) ->
    {ok, Tokens, _} = erl_scan:string(Line ++ "."),
    {ok, Term} = erl_parse:parse_term(Tokens),
    Term.

answer(Format, Values) ->
    io:format(Format ++ "~n", Values).

%% Milliseconds until the listener on every node has counted Publishers * Count messages.
perform([publish, Publishers, Count, Bytes], Nodes, Listeners) ->
    [Listener ! {count_to, Publishers * Count} || Listener <- Listeners],
    [receive {counting, Listener} -> ok end || Listener <- Listeners],
    StartedAt = now_us(),
    [spawn_link(Node, ?MODULE, publish, [self(), Count, Bytes, ?GROUP]) || Node <- lists:sublist(Nodes, Publishers)],
    [receive {counted, Listener} -> ok end || Listener <- Listeners],
    TookMs = ms_since(StartedAt),
    [receive published -> ok end || _ <- lists:seq(1, Publishers)],
    Extra = lists:sum([extra(Listener) || Listener <- Listeners]),
    if Extra =:= 0 -> TookMs; true -> error({heard_too_many, Extra}) end;
%% Milliseconds until so many callers on the first node have had Count answers of a server on the second.
perform([call, Callers, Count], [From, To | _], _) ->
    lists:max(tl(call_on(From, To, Callers, Count)));
%% The median of calls one at a time, in microseconds.
perform([call_in_turn, Count], [From, To | _], _) ->
    Times = lists:sort(hd(call_on(From, To, 1, Count))),
    lists:nth(Count div 2 + 1, Times) / 1;
%% Milliseconds until every node sees Count names that the first node registered.
perform([register, Round, Count], [First | _] = Nodes, _) ->
    Holders = erpc:call(First, ?MODULE, holders, [Count]),
    StartedAt = now_us(),
    ok = erpc:call(First, ?MODULE, register_names, [Round, Holders], infinity),
    TookMs = ms_since(StartedAt),
    Seen = [erpc:call(Node, ?MODULE, seen, [Round, Holders]) || Node <- Nodes],
    ok = erpc:call(First, ?MODULE, unregister_names, [Round, Holders], infinity),
    case lists:all(fun(Found) -> Found =:= Count end, Seen) of
        true -> TookMs;
        false -> error({names_seen, Seen, Count})
    end.

listen(Driver) ->
    receive
        {count_to, Total} ->
            Driver ! {counting, self()},
            count(Total),
            Driver ! {counted, self()};
        {extra, From} ->
            From ! {extra, self(), element(2, process_info(self(), message_queue_len))}
    end,
    listen(Driver).

count(0) -> ok;
count(Left) -> receive #{event := <<"updated">>} -> count(Left - 1) end.

%% Messages that a listener has beyond those it counted.
extra(Listener) ->
    Listener ! {extra, self()},
    receive {extra, Listener, Count} -> Count end.

publish(Driver, Count, Bytes, Group) ->
    Name = name(Bytes),
    [publish_one(#{event => <<"updated">>, lobbyId => 12, userId => At, name => Name}, Group) || At <- lists:seq(1, Count)],
    Driver ! published.

%% As Phoenix.PubSub does: to the members of the group, asked for each time.
publish_one(Message, Group) ->
    [Member ! Message || Member <- pg:get_members(Group)].

name(Bytes) when Bytes =< 48 -> <<"somebody">>;
name(Bytes) -> iolist_to_binary([<<"somebody">>, lists:duplicate(Bytes - 56, $.)]).

call_on(From, To, Callers, Count) ->
    erpc:call(From, ?MODULE, call, [To, Callers, Count, self()], infinity).

%% The callers share the count. Answers with the times of each call in microseconds, and the milliseconds that all took.
call(To, Callers, Count, _) ->
    Left = atomics:new(1, []),
    Self = self(),
    StartedAt = now_us(),
    [spawn_link(fun() -> Self ! {times, calls(To, Left, Count, [])} end) || _ <- lists:seq(1, Callers)],
    Times = [receive {times, Some} -> Some end || _ <- lists:seq(1, Callers)],
    [lists:append(Times), ms_since(StartedAt)].

calls(To, Left, Count, Times) ->
    case atomics:add_get(Left, 1, 1) of
        Argument when Argument =< Count ->
            StartedAt = now_us(),
            Expected = Argument + 1,
            Expected = gen_server:call({adder, To}, Argument),
            calls(To, Left, Count, [now_us() - StartedAt | Times]);
        _ -> Times
    end.

%% `global` wants a process for each name.
holders(Count) ->
    [spawn(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, Count)].

register_names(Round, Holders) ->
    [yes = global:register_name({Round, Holder}, Holder) || Holder <- Holders],
    ok.

unregister_names(Round, Holders) ->
    [global:unregister_name({Round, Holder}) || Holder <- Holders],
    [Holder ! stop || Holder <- Holders],
    ok.

seen(Round, Holders) ->
    length([Holder || Holder <- Holders, global:whereis_name({Round, Holder}) =:= Holder]).

now_us() -> erlang:monotonic_time(microsecond).
ms_since(StartedAt) -> (now_us() - StartedAt) / 1000.

init([]) -> {ok, nothing}.
handle_call(Argument, _From, State) -> {reply, Argument + 1, State}.
handle_cast(_, State) -> {noreply, State}.
